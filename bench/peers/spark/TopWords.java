import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaDStream;
import scala.Tuple2;

/** The 10 most frequent words of the last 10 batches, by a window that takes away what leaves. */
public final class TopWords extends BatchProgram {
  private static final int K = 10;
  private static final int WINDOW = 10;

  public static void main(String[] args) throws Exception {
    Requests.serve(TopWords::new);
  }

  @Override
  void define(JavaDStream<String> lines, int parts) {
    lines.flatMap(line -> Arrays.asList(line.split(" ")).iterator())
        .mapToPair(word -> new Tuple2<>(word, 1))
        .reduceByKeyAndWindow(Integer::sum, (a, b) -> a - b, Durations.milliseconds(WINDOW * INTERVAL_MS),
            Durations.milliseconds(INTERVAL_MS), parts, count -> count._2 > 0)
        .foreachRDD(counts -> Delivered.list(counts.top(K, new ByCount())));
  }

  /** Of equal counts the later word is the larger. */
  static final class ByCount implements Comparator<Tuple2<String, Integer>>, Serializable {
    @Override
    public int compare(Tuple2<String, Integer> a, Tuple2<String, Integer> b) {
      int byCount = Integer.compare(a._2, b._2);
      return byCount == 0 ? a._1.compareTo(b._1) : byCount;
    }
  }
}
