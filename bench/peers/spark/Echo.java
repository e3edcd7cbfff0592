import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Says what it was asked, from a task of Spark: shows that programs can be compiled, started, asked and ended. */
public final class Echo {
  private Echo() {}

  public static void main(String[] args) throws Exception {
    Requests.serve(() -> {
      JavaSparkContext context = new JavaSparkContext(new SparkConf());
      return request -> answer(context, request);
    });
  }

  private static Object answer(JavaSparkContext context, JsonNode request) {
    if (request.has("fail")) throw new IllegalArgumentException(request.get("fail").asText());
    String text = request.path("say").asText();
    String said = context.parallelize(java.util.List.of(text)).map(each -> each).first();
    return Map.of("said", said, "cores", context.defaultParallelism(), "version", context.version());
  }
}
