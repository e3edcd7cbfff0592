import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import scala.reflect.ClassTag$;

/**
 * A job of Spark Streaming over prepared lines, which runs the batches that it is told to:
 * {"kind": "open", "file", "sizes", "checkpoint"?}, then {"kind": "run", "batches", "keep"} and {"kind": "collectGarbage"}.
 */
abstract class BatchProgram implements Requests.Program {
  /** Also how far apart checkpoints of state and windows are: of each tenth batch, by Spark's own defaults. */
  static final long INTERVAL_MS = 1000;

  private JavaStreamingContext context;
  private PreparedStream input;
  private BatchClock clock;

  /** Defines the job, up to its output to `Delivered`. @param parts how many partitions there are to be */
  abstract void define(JavaDStream<String> lines, int parts);

  @Override
  public final Object answer(JsonNode request) throws Exception {
    switch (request.path("kind").asText()) {
      case "open":
        return open(request);
      case "run":
        return run(request);
      case "collectGarbage":
        System.gc();
        return null;
      default:
        throw new IllegalArgumentException("unknown request " + request);
    }
  }

  private Object open(JsonNode request) throws Exception {
    SparkConf settings = new SparkConf().set(BatchClock.SETTING, "org.apache.spark.util.ManualClock");
    context = new JavaStreamingContext(settings, Durations.milliseconds(INTERVAL_MS));
    if (request.hasNonNull("checkpoint")) context.checkpoint(request.get("checkpoint").asText());
    PreparedLines.read(request.get("file").asText(), Numbers.of(request.get("sizes")));
    input = new PreparedStream(context.ssc(), PreparedLines.cached(context.sparkContext()));
    define(JavaInputDStream.fromInputDStream(input, ClassTag$.MODULE$.<String>apply(String.class)),
        context.sparkContext().defaultParallelism());
    clock = new BatchClock(context, INTERVAL_MS);
    clock.start(context);
    return Map.of("version", context.sparkContext().version());
  }

  private Object run(JsonNode request) throws Exception {
    int[] batches = Numbers.of(request.get("batches"));
    Delivered.reset(request.path("keep").asBoolean());
    for (int batch : batches) input.add(batch);
    clock.run(batches.length);
    return Map.of("records", Delivered.records(), "output", Delivered.batches());
  }
}
