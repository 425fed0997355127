import java.net.*;
import java.net.http.*;
import java.time.Duration;
import java.util.concurrent.*;

class Heartbeat {
  static final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  static void beat(String status) {
    try {
      String body = String.format("{\"name\":\"Orion\",\"version\":\"3.10.1\",\"instance\":\"%s\",\"interval\":30,\"status\":\"%s\"}", InetAddress.getLocalHost().getHostName(), status);
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(System.getenv("HEARTBEAT_URL") + "/api/v1/heartbeats")).timeout(Duration.ofSeconds(5));
      if (System.getenv("HEARTBEAT_TOKEN") != null) request.header("Authorization", "Bearer " + System.getenv("HEARTBEAT_TOKEN"));
      client.send(request.POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.discarding());
    } catch (Exception error) {
      System.err.println("heartbeat: " + error);
    }
  }

  public static void main(String[] arguments) throws Exception {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> { Thread thread = new Thread(task); thread.setDaemon(true); return thread; });
    timer.scheduleAtFixedRate(() -> beat("ok"), 0, 30, TimeUnit.SECONDS);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> beat("stopping")));
    Thread.sleep(2000); // the program
  }
}
