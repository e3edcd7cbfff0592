import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.api.java.JavaDStream;
import scala.Tuple2;

/** How often each key has occurred so far; the new totals of a batch's records are delivered. A line is a key. */
public final class KeyedTotals extends BatchProgram {
  public static void main(String[] args) throws Exception {
    Requests.serve(KeyedTotals::new);
  }

  @Override
  void define(JavaDStream<String> lines, int parts) {
    lines.mapToPair(key -> new Tuple2<>(key, 1))
        .mapWithState(StateSpec.function(KeyedTotals::add).numPartitions(parts))
        .foreachRDD(totals -> Delivered.pairs(totals.collect()));
  }

  private static Tuple2<String, Integer> add(String key, Optional<Integer> value, State<Integer> total) {
    int sum = (total.exists() ? total.get() : 0) + value.orElse(0);
    total.update(sum);
    return new Tuple2<>(key, sum);
  }
}
