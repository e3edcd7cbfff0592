import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import scala.Tuple2;

/** Lines from a socket, counted by when they were due. due-counts.job.ts is the same. */
final class DueCounts {
  /** Digits of ms since the epoch, which each line begins with. */
  private static final int DIGITS = 13;

  private static final int PARTITIONS = 2;

  /** What became of a run: batches from the first record that counts on, records by how long they took, all records by when they were due, and how many there were. */
  record Result(List<BatchWatch.Timed> batches, Map<Long, Long> took, Map<Long, Long> due, long delivered) {}

  private DueCounts() {}

  static Result run(
      JavaSparkContext spark,
      long intervalMs,
      long giveUpMs,
      long limitMs,
      int port,
      long lines,
      LatencyCounts counts)
      throws InterruptedException {
    JavaStreamingContext streaming = new JavaStreamingContext(spark, Durations.milliseconds(intervalMs));
    BatchWatch watch = new BatchWatch(intervalMs, giveUpMs, Integer.MAX_VALUE);
    try {
      streaming
          .socketTextStream("127.0.0.1", port, StorageLevel.MEMORY_ONLY())
          .mapToPair(line -> new Tuple2<>(Long.parseLong(line, 0, DIGITS, 10), 1L))
          .reduceByKey(Long::sum, PARTITIONS)
          .foreachRDD(
              rdd -> {
                List<Tuple2<Long, Long>> due = rdd.collect();
                if (!due.isEmpty()) counts.add(due, System.currentTimeMillis());
                if (counts.total() >= lines) watch.end();
              });
      watch.run(streaming, limitMs);
    } finally {
      streaming.stop(false, false);
    }
    long from = counts.from();
    List<BatchWatch.Timed> batches = watch.batches().stream().filter(batch -> batch.time() >= from).toList();
    return new Result(batches, counts.took(), counts.due(), counts.total());
  }
}
