import java.util.function.Consumer;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.OutputOperationInfo;
import scala.jdk.javaapi.CollectionConverters;

/** What went wrong in a job of Spark Streaming, which goes on with the next batch as if nothing had. */
final class Failures {
  private Failures() {}

  /** Why an output of a batch failed; null where none did. */
  static String of(BatchInfo batch) {
    for (OutputOperationInfo output : CollectionConverters.asJava(batch.outputOperationInfos()).values()) {
      if (output.failureReason().isDefined())
        return "the batch of " + batch.batchTime() + " failed: " + output.failureReason().get();
    }
    return null;
  }

  /** Tells of an error of a context that has started, also of one for which there is no batch: it could not be planned. */
  static void watch(JavaStreamingContext context, Consumer<String> told) {
    Thread thread = new Thread(() -> {
      try {
        context.awaitTermination();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Throwable e) {
        told.accept(e.toString());
      }
    }, "failures");
    thread.setDaemon(true);
    thread.start();
  }
}
