import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchSubmitted;

/** Hears of the batches of a job, and gives it up when they pile up; one that fails is the end of it. batch-watch.ts does the same for Millrace. */
final class BatchWatch implements StreamingListener {
  /** With fewer batches waiting nothing is given up. */
  private static final int HOPELESS = 25;

  /** What comes of a batch: its time, the delay before its processing began, and how long that took. All in ms. */
  record Timed(long time, long delay, long processing) {}

  private final List<Timed> ended = new ArrayList<>();
  private final long intervalMs;
  private final long giveUpMs;
  private final int enough;
  private final CountDownLatch over = new CountDownLatch(1);
  private int submitted = 0;
  private String failure;

  /**
   * @param giveUpMs a job whose waiting batches were due over so long is given up
   * @param enough so many batches end the run
   */
  BatchWatch(long intervalMs, long giveUpMs, int enough) {
    this.intervalMs = intervalMs;
    this.giveUpMs = giveUpMs;
    this.enough = enough;
  }

  /** Starts a context, and waits until its run is over, but no longer than a limit. @throws IllegalStateException where a batch failed */
  void run(JavaStreamingContext context, long limitMs) throws InterruptedException {
    context.addStreamingListener(this);
    context.start();
    Failures.watch(context, this::fail);
    over.await(limitMs, TimeUnit.MILLISECONDS);
    synchronized (this) {
      if (failure != null) throw new IllegalStateException(failure);
    }
  }

  private synchronized void fail(String reason) {
    if (failure == null) failure = reason;
    over.countDown();
  }

  @Override
  public synchronized void onBatchSubmitted(StreamingListenerBatchSubmitted batch) {
    submitted++;
    int waiting = submitted - ended.size();
    if (waiting > HOPELESS && waiting * intervalMs > giveUpMs) over.countDown();
  }

  @Override
  public synchronized void onBatchCompleted(StreamingListenerBatchCompleted batch) {
    BatchInfo info = batch.batchInfo();
    String reason = Failures.of(info);
    if (reason != null) {
      fail(reason);
      return;
    }
    long time = info.batchTime().milliseconds();
    long began = (Long) info.processingStartTime().get();
    ended.add(new Timed(time, began - time, (Long) info.processingEndTime().get() - began));
    if (ended.size() >= enough) over.countDown();
  }

  /** The run is over for another reason. */
  void end() {
    over.countDown();
  }

  synchronized List<Timed> batches() {
    return List.copyOf(ended);
  }
}
