import java.util.HashMap;
import java.util.List;
import java.util.Map;
import scala.Tuple2;

/** Adds up how long records took, batch by batch. latency-counts.ts does the same for Millrace. */
final class LatencyCounts {
  private final long warmUpMs;
  private final long measureMs;
  private final Map<Long, Long> took = new HashMap<>();
  private final Map<Long, Long> allDue = new HashMap<>();
  private long first = Long.MAX_VALUE;
  private long total = 0;

  LatencyCounts(long warmUpMs, long measureMs) {
    this.warmUpMs = warmUpMs;
    this.measureMs = measureMs;
  }

  /**
   * Records of a batch have been delivered: how many of them were due when. A time is rounded up to whole ms, so that none is better
   * than it was.
   */
  synchronized void add(List<Tuple2<Long, Long>> counts, long nowMs) {
    if (total == 0) for (Tuple2<Long, Long> count : counts) first = Math.min(first, count._1());
    for (Tuple2<Long, Long> count : counts) {
      long due = count._1();
      total += count._2();
      allDue.merge(due, count._2(), Long::sum);
      if (due < from() || due >= from() + measureMs) continue;
      took.merge(nowMs - due + 1, count._2(), Long::sum);
    }
  }

  /** When the records that count begin to be due, in ms since the epoch; nothing is due before the first record. */
  synchronized long from() {
    return total == 0 ? Long.MAX_VALUE : first + warmUpMs;
  }

  synchronized long total() {
    return total;
  }

  synchronized Map<Long, Long> took() {
    return Map.copyOf(took);
  }

  /** All records so far, by when they were due. */
  synchronized Map<Long, Long> due() {
    return Map.copyOf(allDue);
  }
}
