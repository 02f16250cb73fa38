package io.pushrod.server.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// As much of S3 as assets need, for one bucket, in memory: it refuses what a service would refuse
/// for its shape, and remembers what it was asked.
public final class S3StandIn implements AutoCloseable {
  public static final String ACCESS_KEY = "AKIDEXAMPLE";
  private static final Pattern SIGNED =
      Pattern.compile(
          "AWS4-HMAC-SHA256 Credential="
              + ACCESS_KEY
              + "/[0-9]{8}/eu-test-1/s3/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}");
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]+)");

  /// One object; its metadata is what `x-amz-meta-pushrod` said.
  public static final class Stored {
    private final String type;
    private final @Nullable String meta;
    private final byte[] content;

    public Stored(String type, @Nullable String meta, byte[] content) {
      this.type = type;
      this.meta = meta;
      this.content = content;
    }

    public String type() {
      return type;
    }

    public @Nullable String meta() {
      return meta;
    }

    public byte[] content() {
      return content;
    }

    String etag() {
      return '"' + hex("MD5", content) + '"';
    }
  }

  private final String bucket;
  private final HttpServer http;
  private final NavigableMap<String, Stored> objects = new ConcurrentSkipListMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile int failing;

  public S3StandIn(String bucket) {
    this.bucket = bucket;
    try {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    http.createContext("/", this::serve);
    http.start();
  }

  public String endpoint() {
    return "http://127.0.0.1:" + http.getAddress().getPort();
  }

  public Map<String, Stored> objects() {
    return objects;
  }

  /// Method and path of every request, in their order.
  public List<String> requests() {
    return requests;
  }

  /// Answers everything with this status from now on; 0 for what it should be.
  public void failWith(int status) {
    failing = status;
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    URI uri = exchange.getRequestURI();
    requests.add(exchange.getRequestMethod() + " " + uri);
    String refusal = refusal(exchange, body);
    if (failing != 0) {
      answer(exchange, failing, "SlowDown");
    } else if (refusal != null) {
      answer(exchange, 400, refusal);
    } else if (!uri.getPath().startsWith("/" + bucket)) {
      answer(exchange, 404, "NoSuchBucket");
    } else {
      String key = uri.getPath().substring(bucket.length() + 1).replaceFirst("^/", "");
      switch (exchange.getRequestMethod()) {
        case "PUT" -> put(exchange, key, body);
        case "GET" -> get(exchange, key);
        case "HEAD" -> head(exchange, key);
        case "DELETE" -> delete(exchange, key);
        default -> answer(exchange, 405, "MethodNotAllowed");
      }
    }
  }

  /// What is wrong with the shape of a request.
  private static @Nullable String refusal(HttpExchange exchange, byte[] body) {
    String hash = header(exchange, "x-amz-content-sha256");
    Matcher signed = SIGNED.matcher(header(exchange, "Authorization"));
    if (!signed.matches() || !signed.group(1).contains("host;")) {
      return "SignatureDoesNotMatch";
    }
    if (!hash.equals("UNSIGNED-PAYLOAD") && !hash.equals(hex("SHA-256", body))) {
      return "XAmzContentSHA256Mismatch";
    }
    if (!header(exchange, "Content-Encoding").isEmpty()
        || !header(exchange, "Transfer-Encoding").isEmpty()) {
      return "NotImplemented";
    }
    return header(exchange, "x-amz-date").matches("[0-9]{8}T[0-9]{6}Z") ? null : "AccessDenied";
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private void put(HttpExchange exchange, String key, byte[] body) throws IOException {
    if (Integer.parseInt(header(exchange, "Content-Length")) != body.length) {
      answer(exchange, 400, "IncompleteBody");
      return;
    }
    Stored stored =
        new Stored(
            header(exchange, "Content-Type"),
            exchange.getRequestHeaders().getFirst("x-amz-meta-pushrod"),
            body);
    objects.put(key, stored);
    exchange.getResponseHeaders().set("ETag", stored.etag());
    answer(exchange, 200, "");
  }

  private void get(HttpExchange exchange, String key) throws IOException {
    if (key.isEmpty()) {
      list(exchange);
      return;
    }
    Stored found = objects.get(key);
    Matcher range = RANGE.matcher(header(exchange, "Range"));
    if (found == null) {
      answer(exchange, 404, "NoSuchKey");
    } else if (!header(exchange, "If-Match").equals(found.etag())) {
      answer(exchange, 412, "PreconditionFailed");
    } else if (!range.matches()) {
      answer(exchange, 400, "InvalidRange");
    } else {
      int from = Integer.parseInt(range.group(1));
      int length = Integer.parseInt(range.group(2)) + 1 - from;
      describe(exchange, found);
      exchange.sendResponseHeaders(206, length);
      exchange.getResponseBody().write(found.content(), from, length);
      exchange.close();
    }
  }

  private void head(HttpExchange exchange, String key) throws IOException {
    Stored found = objects.get(key);
    if (found != null) {
      describe(exchange, found);
      exchange.getResponseHeaders().set("Content-Length", "" + found.content().length);
    }
    exchange.sendResponseHeaders(found == null ? 404 : 200, -1);
    exchange.close();
  }

  private static void describe(HttpExchange exchange, Stored of) {
    exchange.getResponseHeaders().set("ETag", of.etag());
    exchange.getResponseHeaders().set("Content-Type", of.type());
    if (of.meta() != null) {
      exchange.getResponseHeaders().set("x-amz-meta-pushrod", of.meta());
    }
  }

  private void delete(HttpExchange exchange, String key) throws IOException {
    objects.remove(key);
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
  }

  /// Two keys a page.
  private void list(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    String prefix = query.replaceAll("(^|.*&)prefix=([^&]*).*", "$2");
    String after =
        query.contains("continuation-token=")
            ? query.replaceAll("(^|.*&)continuation-token=([^&]*).*", "$2")
            : "";
    List<Map.Entry<String, Stored>> left =
        objects.tailMap(prefix, true).entrySet().stream()
            .filter(each -> each.getKey().startsWith(prefix) && each.getKey().compareTo(after) > 0)
            .toList();
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?><ListBucketResult>");
    left.stream()
        .limit(2)
        .forEach(
            each ->
                xml.append("<Contents><Key>" + each.getKey() + "</Key><Size>")
                    .append(each.getValue().content().length)
                    .append("</Size></Contents>"));
    boolean more = left.size() > 2;
    xml.append("<IsTruncated>" + more + "</IsTruncated>");
    if (more) {
      xml.append("<NextContinuationToken>" + left.get(1).getKey() + "</NextContinuationToken>");
    }
    answer(exchange, 200, xml + "</ListBucketResult>");
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    boolean error = status >= 400;
    byte[] body =
        (error ? "<Error><Code>" + text + "</Code><Message>no</Message></Error>" : text)
            .getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  private static String hex(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
