import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

public class Main {
  public static void main(String[] args) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    List<Future<Long>> sums = new ArrayList<>();
    for (int t = 0; t < 16; t++) {
      final int k = t;
      sums.add(pool.submit(() -> {
        long s = 0;
        for (int i = 0; i < 2000000; i++) s += (i * 31L + k) % 1009;
        return s;
      }));
    }
    long total = 0;
    for (Future<Long> sum : sums) total += sum.get();
    pool.shutdown();
    ConcurrentHashMap<Integer, Integer> map = new ConcurrentHashMap<>();
    IntStream.range(0, 200000).parallel().forEach(i -> map.merge(i % 97, 1, Integer::sum));
    System.out.println(total + " " + map.size() + " " + map.values().stream().mapToInt(Integer::intValue).sum());
    try {
      Object nothing = null;
      nothing.toString();
    } catch (NullPointerException e) {
      System.out.println("caught a null pointer");
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 100000; i++) text.append(i % 10);
    System.out.println(text.toString().hashCode());
    try {
      deeper(0);
    } catch (StackOverflowError e) {
      System.out.println("caught a stack overflow");
    }
  }

  static int deeper(int x) {
    return deeper(x + 1) + 1;
  }
}
