import java.util.concurrent.CountDownLatch;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.util.ManualClock;

/**
 * Runs batches back to back, whatever their interval is: Spark's clock stands still, and moves on by an interval when a batch has
 * ended. One batch is always waiting, so that Spark plans it while the one before it runs.
 */
final class BatchClock implements StreamingListener {
  /** The setting that gives Spark a clock that can be moved. */
  static final String SETTING = "spark.streaming.clock";

  private static final int AHEAD = 2;

  private final ManualClock clock;
  private final long intervalMs;
  private int toBegin;
  private int toEnd;
  private CountDownLatch ended = new CountDownLatch(0);

  BatchClock(JavaStreamingContext context, long intervalMs) {
    this.clock = (ManualClock) context.ssc().scheduler().clock();
    this.intervalMs = intervalMs;
    context.addStreamingListener(this);
  }

  /** Runs so many batches to their end. */
  void run(int batches) throws InterruptedException {
    int first = Math.min(AHEAD, batches);
    synchronized (this) {
      toEnd = batches;
      toBegin = batches - first;
      ended = new CountDownLatch(1);
    }
    if (batches == 0) return;
    clock.advance(first * intervalMs);
    ended.await();
  }

  @Override
  public synchronized void onBatchCompleted(StreamingListenerBatchCompleted batch) {
    if (--toEnd == 0) ended.countDown();
    if (toBegin == 0) return;
    toBegin--;
    clock.advance(intervalMs);
  }
}
