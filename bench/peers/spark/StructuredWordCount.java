import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;

/** How often each word occurs in a batch, by Structured Streaming. Takes the requests of `BatchProgram`. */
public final class StructuredWordCount implements Requests.Program {
  public static void main(String[] args) throws Exception {
    Requests.serve(StructuredWordCount::new);
  }

  @Override
  public Object answer(JsonNode request) throws Exception {
    switch (request.path("kind").asText()) {
      case "open":
        return open(request);
      case "run":
        Delivered.reset(request.path("keep").asBoolean());
        PreparedBatches.run(Numbers.of(request.get("batches")));
        return Map.of("records", Delivered.records(), "output", Delivered.batches());
      case "collectGarbage":
        System.gc();
        return null;
      default:
        throw new IllegalArgumentException("unknown request " + request);
    }
  }

  private static Object open(JsonNode request) throws Exception {
    SparkSession spark = SparkSession.builder().getOrCreate();
    PreparedLines.read(request.get("file").asText(), Numbers.of(request.get("sizes")));
    PreparedReader.prepare(PreparedLines.batches);
    PreparedLines.batches = null;
    PreparedBatches.setParts(spark.sparkContext().defaultParallelism());
    VoidFunction2<Dataset<Row>, Long> deliver = (words, batch) ->
        Delivered.rows(words.groupBy("word").count().collectAsList());
    StreamingQuery query = spark.readStream().format(PreparedSource.class.getName()).load()
        .selectExpr("explode(split(value, ' ')) AS word")
        .writeStream()
        .foreachBatch(deliver)
        // Structured Streaming does not run without.
        .option("checkpointLocation", "file://" + System.getProperty("millrace.scratch") + "/structured")
        .start();
    Thread failures = new Thread(() -> {
      try {
        query.awaitTermination();
      } catch (StreamingQueryException e) {
        PreparedBatches.fail(e.toString());
      }
    }, "failures");
    failures.setDaemon(true);
    failures.start();
    return Map.of("version", spark.version());
  }
}
