import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;

/** Runs one job after the other at the intervals that it is told, and says how its batches went. */
public final class ShortIntervals {
  private ShortIntervals() {}

  public static void main(String[] args) throws Exception {
    Requests.serve(() -> {
      JavaSparkContext context = new JavaSparkContext(new SparkConf());
      return request -> answer(context, request);
    });
  }

  private static Object answer(JavaSparkContext context, JsonNode request) throws InterruptedException {
    String job = request.path("job").asText();
    return switch (job) {
      case "small-batches" -> smallBatches(context, request);
      case "due-counts" -> dueCounts(context, request);
      default -> throw new IllegalArgumentException("there is no job " + job);
    };
  }

  private static Object smallBatches(JavaSparkContext context, JsonNode request) throws InterruptedException {
    List<String> words = new ArrayList<>();
    request.get("words").forEach(word -> words.add(word.asText()));
    SmallBatches.Result found =
        SmallBatches.run(
            context,
            request.get("intervalMs").asLong(),
            request.get("giveUpMs").asLong(),
            request.get("limitMs").asLong(),
            request.get("warmUp").asInt(),
            request.get("batches").asInt(),
            words);
    List<List<Object>> output = new ArrayList<>();
    found.output().forEach(count -> output.add(List.of(count._1(), count._2())));
    return Map.of("batches", timed(found.batches()), "output", output);
  }

  private static Object dueCounts(JavaSparkContext context, JsonNode request) throws InterruptedException {
    long intervalMs = request.get("intervalMs").asLong();
    // Of what is received there is a block for each core that computes. Receivers look it up when they start.
    SparkEnv.get().conf().set("spark.streaming.blockInterval", Math.max(1, intervalMs / 2) + "ms");
    DueCounts.Result found =
        DueCounts.run(
            context,
            intervalMs,
            request.get("giveUpMs").asLong(),
            request.get("limitMs").asLong(),
            request.get("port").asInt(),
            request.get("lines").asLong(),
            new LatencyCounts(request.get("warmUpMs").asLong(), request.get("measureMs").asLong()));
    return Map.of(
        "batches", timed(found.batches()),
        "took", pairs(found.took()),
        "due", pairs(found.due()),
        "delivered", found.delivered());
  }

  private static List<List<Long>> pairs(Map<Long, Long> records) {
    List<List<Long>> pairs = new ArrayList<>();
    records.forEach((ms, count) -> pairs.add(List.of(ms, count)));
    return pairs;
  }

  private static List<Map<String, Long>> timed(List<BatchWatch.Timed> batches) {
    return batches.stream().map(each -> Map.of("delayMs", each.delay(), "processingMs", each.processing())).toList();
  }
}
