import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.unsafe.types.UTF8String;

/** Reads a part of a prepared batch as rows, whose texts are in Spark's own form already. */
final class PreparedReader implements PartitionReader<InternalRow> {
  /** Which part of which batch. */
  record Part(int batch, int part, int parts) implements InputPartition {}

  private static UTF8String[][] batches;

  private final GenericInternalRow row = new GenericInternalRow(1);
  private final UTF8String[] lines;
  private final int end;
  private int at;

  PreparedReader(Part part) {
    lines = batches[part.batch];
    at = lines.length * part.part / part.parts - 1;
    end = lines.length * (part.part + 1) / part.parts;
  }

  /** Makes rows of all lines. */
  static void prepare(String[][] lines) {
    batches = new UTF8String[lines.length][];
    for (int b = 0; b < lines.length; b++) {
      batches[b] = new UTF8String[lines[b].length];
      for (int i = 0; i < lines[b].length; i++) batches[b][i] = UTF8String.fromString(lines[b][i]);
    }
  }

  @Override
  public boolean next() {
    return ++at < end;
  }

  @Override
  public InternalRow get() {
    row.update(0, lines[at]);
    return row;
  }

  @Override
  public void close() {}
}
