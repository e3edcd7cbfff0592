import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.SupportsAdmissionControl;

/**
 * Batches in the order in which they are asked for. An offset is how many came before.
 *
 * <p>Between runs all batches have been committed, and the query waits in `latestOffset` for a next one. `run` hands out its batches:
 * now `run` waits, and the query takes one batch after the other. With each `latestOffset` it says that it has committed the one before;
 * with the last of them `run` returns, and the query waits again. A query that fails has ended, and so has every run.
 */
final class PreparedBatches implements MicroBatchStream, SupportsAdmissionControl {
  private static int parts;
  /** Which batches the present run has, or the last one that there was. */
  private static int[] present = {};
  /** How many batches all runs before that one had. */
  private static long ofEarlierRuns;
  /** How many batches of all runs the query has committed. */
  private static long committed;
  /** Why the query has ended; null while it goes on. */
  private static String failure;

  /** Says how many partitions a batch has. */
  static synchronized void setParts(int all) {
    parts = all;
  }

  /** Hands out batches, and waits until the query has committed the last. @throws IllegalStateException where it failed */
  static synchronized void run(int[] batches) throws InterruptedException {
    ofEarlierRuns += present.length;
    present = batches;
    PreparedBatches.class.notifyAll();
    while (failure == null && committed < handedOut()) PreparedBatches.class.wait();
    if (failure != null) throw new IllegalStateException(failure);
  }

  /** The query has ended: no batch of this run or a later one comes to its end. */
  static synchronized void fail(String reason) {
    failure = reason;
    PreparedBatches.class.notifyAll();
  }

  /** How many batches all runs had, the present one included. */
  private static long handedOut() {
    return ofEarlierRuns + present.length;
  }

  private static synchronized long waitForNext(long start) {
    committed = start;
    PreparedBatches.class.notifyAll();
    try {
      // Waiting here, and not by asking again and again, leaves the cores to other contenders while these run.
      while (start >= handedOut()) PreparedBatches.class.wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return start;
    }
    return start + 1;
  }

  private static synchronized int batchAt(long offset) {
    return present[(int) (offset - ofEarlierRuns)];
  }

  @Override
  public Offset latestOffset(Offset start, ReadLimit limit) {
    return new Count(waitForNext(((Count) start).batches));
  }

  @Override
  public Offset latestOffset() {
    throw new UnsupportedOperationException("batches come one at a time");
  }

  @Override
  public InputPartition[] planInputPartitions(Offset start, Offset end) {
    int batch = batchAt(((Count) start).batches);
    InputPartition[] all = new InputPartition[parts];
    for (int part = 0; part < parts; part++) all[part] = new PreparedReader.Part(batch, part, parts);
    return all;
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return part -> new PreparedReader((PreparedReader.Part) part);
  }

  @Override
  public Offset initialOffset() {
    return new Count(0);
  }

  @Override
  public Offset deserializeOffset(String json) {
    return new Count(Long.parseLong(json));
  }

  @Override
  public void commit(Offset end) {}

  @Override
  public void stop() {}

  private static final class Count extends Offset {
    private final long batches;

    Count(long batches) {
      this.batches = batches;
    }

    @Override
    public String json() {
      return Long.toString(batches);
    }
  }
}
