import com.fasterxml.jackson.databind.JsonNode;

/** Arrays of numbers in requests. */
final class Numbers {
  private Numbers() {}

  static int[] of(JsonNode array) {
    int[] numbers = new int[array.size()];
    for (int i = 0; i < numbers.length; i++) numbers[i] = array.get(i).asInt();
    return numbers;
  }
}
