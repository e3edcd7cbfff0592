import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/** Lines of a file, cut into batches. */
final class PreparedLines {
  /** The lines of all batches: here, so that a task carries their numbers and not the lines. */
  static String[][] batches;

  private PreparedLines() {}

  /** Reads a file whose first sizes[0] lines are the first batch, and so on. */
  static void read(String path, int[] sizes) throws IOException {
    batches = new String[sizes.length][];
    try (BufferedReader lines = Files.newBufferedReader(Path.of(path), StandardCharsets.UTF_8)) {
      for (int b = 0; b < sizes.length; b++) {
        batches[b] = new String[sizes[b]];
        for (int i = 0; i < sizes[b]; i++) batches[b][i] = lines.readLine();
      }
    }
  }

  /** Each batch as an RDD of as many partitions as there are cores, cached as objects. */
  static List<JavaRDD<String>> cached(JavaSparkContext context) {
    int parts = context.defaultParallelism();
    List<Integer> numbers = IntStream.range(0, parts).boxed().collect(Collectors.toList());
    List<JavaRDD<String>> made = new ArrayList<>();
    for (int b = 0; b < batches.length; b++) {
      int batch = b;
      JavaRDD<String> lines = context.parallelize(numbers, parts)
          .mapPartitions(part -> part(batch, part.next(), parts).iterator())
          .persist(StorageLevel.MEMORY_ONLY());
      lines.count();
      made.add(lines);
    }
    return made;
  }

  /** One of so many parts of a batch. */
  static List<String> part(int batch, int part, int parts) {
    String[] all = batches[batch];
    return Arrays.asList(all).subList(all.length * part / parts, all.length * (part + 1) / parts);
  }
}
