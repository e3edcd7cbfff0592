import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.InputDStream;
import scala.Option;
import scala.reflect.ClassTag$;

/** Batches that lie in memory, handed out in the order in which they are asked for: there is no receiver that costs time. */
final class PreparedStream extends InputDStream<String> {
  private final transient List<JavaRDD<String>> batches;
  /** Numbers of the batches that come next. */
  private final transient Queue<Integer> next = new ConcurrentLinkedQueue<>();

  PreparedStream(StreamingContext context, List<JavaRDD<String>> batches) {
    super(context, ClassTag$.MODULE$.<String>apply(String.class));
    this.batches = batches;
  }

  void add(int batch) {
    next.add(batch);
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}

  @Override
  public Option<RDD<String>> compute(Time time) {
    Integer batch = next.poll();
    if (batch == null) return Option.empty();
    // Spark forgets the blocks of every RDD that a stream has handed out, also of one that its program wants to keep.
    return Option.apply(batches.get(batch).mapPartitions(records -> records, true).rdd());
  }
}
