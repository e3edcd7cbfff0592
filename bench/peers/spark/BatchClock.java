import java.util.concurrent.CountDownLatch;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.util.ManualClock;

/**
 * Runs batches back to back, whatever their interval is: Spark's clock stands still, and moves on by an interval when a batch has
 * ended. One batch is always waiting, so that Spark plans it while the one before it runs. A batch that fails ends this run and
 * all that would come.
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
  private String failure;

  BatchClock(JavaStreamingContext context, long intervalMs) {
    this.clock = (ManualClock) context.ssc().scheduler().clock();
    this.intervalMs = intervalMs;
    context.addStreamingListener(this);
  }

  /** Starts the context. */
  void start(JavaStreamingContext context) {
    context.start();
    Failures.watch(context, this::fail);
  }

  /** Runs so many batches to their end. @throws IllegalStateException where one of them fails, or one has failed before */
  void run(int batches) throws InterruptedException {
    int first = Math.min(AHEAD, batches);
    synchronized (this) {
      check();
      toEnd = batches;
      toBegin = batches - first;
      ended = new CountDownLatch(1);
    }
    if (batches == 0) return;
    clock.advance(first * intervalMs);
    ended.await();
    check();
  }

  private synchronized void check() {
    if (failure != null) throw new IllegalStateException(failure);
  }

  private synchronized void fail(String reason) {
    if (failure == null) failure = reason;
    ended.countDown();
  }

  @Override
  public synchronized void onBatchCompleted(StreamingListenerBatchCompleted batch) {
    String reason = Failures.of(batch.batchInfo());
    if (reason != null) fail(reason);
    if (failure != null) return;
    if (--toEnd == 0) ended.countDown();
    if (toBegin == 0) return;
    toBegin--;
    clock.advance(intervalMs);
  }
}
