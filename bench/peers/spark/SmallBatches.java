import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.dstream.ConstantInputDStream;
import scala.Tuple2;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** Words, counted batch by batch: two stages with a shuffle between them, and two partitions each. small-batches.job.ts is the same. */
final class SmallBatches {
  private static final int PARTITIONS = 2;

  /** What became of a run: the batches that count, and what the first one of all has delivered. */
  record Result(List<BatchWatch.Timed> batches, List<Tuple2<String, Integer>> output) {}

  private SmallBatches() {}

  static Result run(
      JavaSparkContext spark,
      long intervalMs,
      long giveUpMs,
      long limitMs,
      int warmUp,
      int batches,
      List<String> words)
      throws InterruptedException {
    JavaStreamingContext streaming = new JavaStreamingContext(spark, Durations.milliseconds(intervalMs));
    BatchWatch watch = new BatchWatch(intervalMs, giveUpMs, warmUp + batches);
    List<Tuple2<String, Integer>> first = new ArrayList<>();
    try {
      ClassTag<String> text = ClassTag$.MODULE$.apply(String.class);
      // The same records each time, without a receiver.
      JavaDStream.fromDStream(
              new ConstantInputDStream<>(streaming.ssc(), spark.parallelize(words, PARTITIONS).rdd(), text), text)
          .mapToPair(word -> new Tuple2<>(word, 1))
          .reduceByKey(Integer::sum, PARTITIONS)
          .foreachRDD(
              rdd -> {
                List<Tuple2<String, Integer>> counts = rdd.collect();
                if (first.isEmpty()) first.addAll(counts);
                int counted = counts.stream().mapToInt(Tuple2::_2).sum();
                if (counts.size() != first.size() || counted != words.size())
                  throw new IllegalStateException("a batch counted " + counted + " of " + words.size() + " words");
              });
      watch.run(streaming, limitMs);
    } finally {
      streaming.stop(false, false);
    }
    List<BatchWatch.Timed> ended = watch.batches();
    int from = Math.min(warmUp, ended.size());
    return new Result(ended.subList(from, Math.min(ended.size(), warmUp + batches)), first);
  }
}
