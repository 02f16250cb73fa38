package io.pushrod.server.support;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// Puts files on a server and gets them back.
public final class AssetClient {
  private final RunningServer server;

  public AssetClient(RunningServer server) {
    this.server = server;
  }

  /// Of tenant `acme`, with these grants to read and to write.
  public String token(String user, List<String> topics, List<String> publish) {
    return server.token(user, "acme", topics, publish, Duration.ofHours(1));
  }

  /// Of a user who may do nothing but what is its own.
  public String token(String user) {
    return token(user, List.of(), List.of());
  }

  /// Uploads one file as the body.
  ///
  /// @param query such as `filename=a.txt&run_id=r1`
  public HttpResponse<String> upload(String token, String query, String type, byte[] content) {
    return send(
        token,
        "/v1/assets?" + query,
        HttpRequest.newBuilder().POST(BodyPublishers.ofByteArray(content)),
        "Content-Type",
        type);
  }

  /// Uploads text as `a.txt`.
  ///
  /// @return its URL
  public String uploaded(String token, String content) {
    HttpResponse<String> answer =
        upload(
            token,
            "filename=a.txt",
            "text/plain",
            content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    if (answer.statusCode() != 201) {
      throw new AssertionError("upload: " + answer.statusCode() + " " + answer.body());
    }
    return Json.text(answer.body(), "url");
  }

  /// Uploads a form whose boundary is `B`.
  public HttpResponse<String> form(String token, String query, String body) {
    return send(
        token,
        "/v1/assets?" + query,
        HttpRequest.newBuilder().POST(BodyPublishers.ofString(body)),
        "Content-Type",
        "multipart/form-data; boundary=B");
  }

  /// A part of such a form, with its boundary before it.
  public static String part(String filename, String type, String content) {
    return "--B\r\nContent-Disposition: form-data; name=\"files\"; filename=\""
        + filename
        + "\"\r\nContent-Type: "
        + type
        + "\r\n\r\n"
        + content
        + "\r\n";
  }

  public HttpResponse<String> put(String token, String path, String content) {
    return send(
        token,
        "/v1/datasets/" + path,
        HttpRequest.newBuilder().PUT(BodyPublishers.ofString(content)));
  }

  public HttpResponse<String> fetch(String token, String path, String... headers) {
    return send(token, path, HttpRequest.newBuilder().GET(), headers);
  }

  public HttpResponse<String> delete(String token, String path) {
    return send(token, path, HttpRequest.newBuilder().DELETE());
  }

  public HttpResponse<String> send(
      String token, String path, HttpRequest.Builder request, String... headers) {
    request.uri(server.http(path)).header("Authorization", "Bearer " + token);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return server.send(request);
  }

  /// What is in the folder of assets now, without folders, sorted.
  public List<String> files() {
    Path root = server.dataDir().resolve("assets");
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile)
          .map(file -> "" + root.relativize(file))
          .sorted()
          .toList();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
