import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves a program to the process that has started this one: requests come as lines of JSON on standard input, and each is answered
 * by a line {"ok": …} or {"error": "…"} on standard output, in their order.
 */
public final class Requests {
  /** What is asked. */
  public interface Program {
    /** Whatever Jackson can write as JSON. */
    Object answer(JsonNode request) throws Exception;
  }

  private static final int DELETIONS = 20;
  private static final int DELETION_MS = 50;
  private static final ObjectMapper JSON = new ObjectMapper();

  private Requests() {}

  /** Makes the program with the first request, and answers until standard input ends: then the whole process ends, at once. */
  public static void serve(Callable<Program> makeProgram) throws Exception {
    PrintStream replies = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    // Whatever a library prints is no reply.
    System.setOut(System.err);
    // The end of the input is to be seen while an answer is being made.
    ExecutorService answers = Executors.newSingleThreadExecutor();
    Program[] program = new Program[1];
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = requests.readLine()) != null; ) {
      String request = line;
      answers.execute(() -> {
        String reply;
        try {
          if (program[0] == null) program[0] = makeProgram.call();
          reply = "{\"ok\":" + JSON.writeValueAsString(program[0].answer(JSON.readTree(request))) + "}";
        } catch (Throwable e) {
          e.printStackTrace();
          reply = error(e);
        }
        replies.println(reply);
        replies.flush();
      });
    }
    // Spark goes on to write meanwhile.
    for (int times = 0; times < DELETIONS && !deleteScratch(); times++) Thread.sleep(DELETION_MS);
    // Spark's own way to end takes seconds, and leaves nothing that is not in the scratch folder.
    Runtime.getRuntime().halt(0);
  }

  private static String error(Throwable e) {
    try {
      return JSON.writeValueAsString(Collections.singletonMap("error", e.toString()));
    } catch (IOException cannotBe) {
      return "{\"error\":\"no words\"}";
    }
  }

  /** Whether nothing of it is left. */
  private static boolean deleteScratch() {
    String scratch = System.getProperty("millrace.scratch");
    if (scratch == null) return true;
    try {
      Files.walkFileTree(Path.of(scratch), new SimpleFileVisitor<Path>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
          Files.deleteIfExists(file);
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
          // The process that has started this one takes it away, too.
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
          Files.deleteIfExists(folder);
          return FileVisitResult.CONTINUE;
        }
      });
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
