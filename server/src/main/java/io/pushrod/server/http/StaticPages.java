package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Serves a fixed set of class path resources, read once at start; nothing else can be asked for.
///
/// **Thread:** any after construction.
public final class StaticPages {
  private static final Map<String, String> CONTENT_TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml");

  /// Scripts, styles, pictures and connections of our own origin, and nothing inline.
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /// @param bytes never released: they live as long as the server
  private record Page(String name, String contentType, ByteBuf bytes, String etag) {}

  private final List<Page> pages;

  private StaticPages(List<Page> pages) {
    this.pages = pages;
  }

  /// @param folder on the class path, such as `/io/pushrod/server/demo/`
  /// @param names files in it, with one of the endings html, js, css, svg
  /// @throws IllegalArgumentException if one is missing or of another kind
  public static StaticPages load(String folder, List<String> names) {
    return new StaticPages(names.stream().map(name -> read(folder, name)).toList());
  }

  private static Page read(String folder, String name) {
    String contentType = CONTENT_TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    try (InputStream in = StaticPages.class.getResourceAsStream(folder + name)) {
      if (in == null || contentType == null) {
        throw new IllegalArgumentException(
            "page: " + folder + name + " (expected: a resource that ends in html, js, css or svg)");
      }
      byte[] bytes = in.readAllBytes();
      return new Page(
          name,
          contentType,
          Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(bytes).asReadOnly()),
          etag(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String etag(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return '"' + HexFormat.of().formatHex(digest, 0, 8) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Adds a route for each file, and `/` for `index.html`.
  public void addTo(Router router) {
    for (Page page : pages) {
      router.add(HttpMethod.GET, "/" + page.name(), exchange -> serve(exchange, page));
      if (page.name().equals("index.html")) {
        router.add(HttpMethod.GET, "/", exchange -> serve(exchange, page));
      }
    }
  }

  private static void serve(Exchange exchange, Page page) {
    String known = exchange.header(HttpHeaderNames.IF_NONE_MATCH);
    if (known != null && (known.contains(page.etag()) || known.strip().equals("*"))) {
      exchange.respondEmpty(
          304, HttpHeaderNames.ETAG, page.etag(), HttpHeaderNames.CACHE_CONTROL, "no-cache");
      return;
    }
    exchange.respond(
        200,
        page.contentType(),
        page.bytes().duplicate(),
        HttpHeaderNames.ETAG,
        page.etag(),
        HttpHeaderNames.CACHE_CONTROL,
        "no-cache",
        HttpHeaderNames.CONTENT_SECURITY_POLICY,
        CONTENT_SECURITY_POLICY,
        "Referrer-Policy",
        "no-referrer");
  }
}
