import java.util.Arrays;
import org.apache.spark.streaming.api.java.JavaDStream;
import scala.Tuple2;

/** How often each word occurs in a batch. */
public final class WordCount extends BatchProgram {
  public static void main(String[] args) throws Exception {
    Requests.serve(WordCount::new);
  }

  @Override
  void define(JavaDStream<String> lines, int parts) {
    lines.flatMap(line -> Arrays.asList(line.split(" ")).iterator())
        .mapToPair(word -> new Tuple2<>(word, 1))
        .reduceByKey(Integer::sum, parts)
        .foreachRDD(counts -> Delivered.pairs(counts.collect()));
  }
}
