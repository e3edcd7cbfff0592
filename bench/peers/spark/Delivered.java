import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/** What came to the driver. Static: outputs of a stream with checkpoints must be serializable, and this must not be. */
final class Delivered {
  private static boolean keep;
  private static List<Integer> records = new ArrayList<>();
  private static List<Object> batches = new ArrayList<>();

  private Delivered() {}

  /** Forgets what came before. Outputs are kept only where they are compared. */
  static synchronized void reset(boolean keepOutputs) {
    keep = keepOutputs;
    records = new ArrayList<>();
    batches = new ArrayList<>();
  }

  /** A batch of pairs. */
  static synchronized void pairs(List<Tuple2<String, Integer>> batch) {
    records.add(batch.size());
    if (keep) batches.add(asJson(batch));
  }

  /** The same as rows of a word and its number. */
  static synchronized void rows(List<Row> batch) {
    records.add(batch.size());
    if (!keep) return;
    List<Object> all = new ArrayList<>(batch.size());
    for (Row row : batch) all.add(new Object[] {row.getString(0), row.getLong(1)});
    batches.add(all);
  }

  /** A batch of one record, which is a list of pairs. */
  static synchronized void list(List<Tuple2<String, Integer>> record) {
    records.add(1);
    if (keep) batches.add(List.of(asJson(record)));
  }

  /** How many of each batch. */
  static synchronized List<Integer> records() {
    return records;
  }

  static synchronized List<Object> batches() {
    return batches;
  }

  private static List<Object> asJson(List<Tuple2<String, Integer>> pairs) {
    List<Object> all = new ArrayList<>(pairs.size());
    for (Tuple2<String, Integer> pair : pairs) all.add(new Object[] {pair._1, pair._2});
    return all;
  }
}
