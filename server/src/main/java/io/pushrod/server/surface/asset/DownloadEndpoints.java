package io.pushrod.server.surface.asset;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.asset.AssetMeta;
import io.pushrod.server.asset.AssetPath;
import io.pushrod.server.asset.AssetTypes;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.asset.Download;
import io.pushrod.server.http.BodySource;
import io.pushrod.server.http.ByteRange;
import io.pushrod.server.http.ContentDisposition;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.Desks;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `GET`, `HEAD` and `DELETE` of `/assets/{tenant}/media/{asset_id}/{filename}` and
/// `/assets/{tenant}/datasets/{path...}`.
public final class DownloadEndpoints {
  private final Hub hub;
  private final Access access;
  private final AssetAccess rules;
  private final Assets assets;

  public DownloadEndpoints(Hub hub, Access access, Desks desks, Assets assets) {
    this.hub = hub;
    this.access = access;
    this.rules = new AssetAccess(desks);
    this.assets = assets;
  }

  public void addTo(Router router) {
    String media = "/assets/{tenant}/media/{asset_id}/{filename}";
    router.add(HttpMethod.GET, media, exchange -> show(exchange, mediaPath(exchange)));
    router.add(HttpMethod.DELETE, media, exchange -> remove(exchange, mediaPath(exchange)));
    String dataset = "/assets/{tenant}/datasets/{path...}";
    router.add(HttpMethod.GET, dataset, exchange -> show(exchange, datasetPath(exchange)));
    router.add(HttpMethod.DELETE, dataset, exchange -> remove(exchange, datasetPath(exchange)));
  }

  private static String mediaPath(Exchange exchange) {
    return "media/" + exchange.pathParameter("asset_id") + '/' + exchange.pathParameter("filename");
  }

  private static String datasetPath(Exchange exchange) {
    return "datasets/" + exchange.pathParameter("path");
  }

  /// The answer for an asset that is not there, and for one that is not to be seen.
  static RequestException notFound() {
    return new RequestException(
        ErrorCode.NOT_FOUND, "asset: nothing is here (expected: one that you may read)");
  }

  private void show(Exchange exchange, String path) {
    Identity who = acting(exchange);
    boolean inline = "1".equals(exchange.query().first("inline"));
    Shard shard = hub.of(exchange.channel().eventLoop());
    find(
        exchange,
        who,
        path,
        download ->
            rules.mayRead(
                shard,
                who,
                download.path(),
                download.meta(),
                may -> {
                  if (may) {
                    answer(exchange, download, inline);
                  } else {
                    download.close();
                    hide(exchange);
                  }
                }));
  }

  private void remove(Exchange exchange, String path) {
    Identity who = acting(exchange);
    find(
        exchange,
        who,
        path,
        download -> {
          AssetPath found = download.path();
          boolean may = AssetAccess.mayRemove(who, found, download.meta());
          download.close();
          if (may) {
            assets.delete(
                found,
                exchange.channel().eventLoop(),
                () -> exchange.respondEmpty(204),
                exchange::respondError);
          } else {
            hide(exchange);
          }
        });
  }

  private interface Found {
    void accept(Download download);
  }

  private void find(Exchange exchange, Identity who, String path, Found found) {
    AssetPath known = AssetPath.find(who.tenant(), path);
    if (known == null) {
      throw notFound();
    }
    assets.open(
        known,
        exchange.channel().eventLoop(),
        download -> {
          if (download == null) {
            exchange.respondError(notFound());
            return;
          }
          try {
            found.accept(download);
          } catch (RequestException e) {
            download.close();
            exchange.respondError(e);
          }
        },
        exchange::respondError);
  }

  /// Who asks, inside the tenant of the path.
  private Identity acting(Exchange exchange) {
    Identity who = access.require(exchange);
    String tenant = exchange.pathParameter("tenant");
    if (!who.mayActFor(tenant)) {
      exchange.metrics().count(Counter.AUTH_GRANT);
      throw notFound();
    }
    return access.acting(exchange.metrics(), who, tenant);
  }

  private static void hide(Exchange exchange) {
    exchange.metrics().count(Counter.AUTH_GRANT);
    exchange.respondError(notFound());
  }

  private static void answer(Exchange exchange, Download download, boolean inline) {
    AssetMeta meta = download.meta();
    String etag = '"' + meta.sha256() + '"';
    List<CharSequence> headers = new ArrayList<>();
    add(headers, HttpHeaderNames.ETAG, etag);
    add(headers, HttpHeaderNames.CACHE_CONTROL, "private, no-cache");
    if (matches(exchange.header(HttpHeaderNames.IF_NONE_MATCH), etag)) {
      download.close();
      exchange.respondEmpty(304, headers.toArray(CharSequence[]::new));
      return;
    }
    add(headers, HttpHeaderNames.ACCEPT_RANGES, "bytes");
    add(headers, HttpHeaderNames.CONTENT_SECURITY_POLICY, "sandbox");
    add(headers, HttpHeaderNames.CONTENT_DISPOSITION, disposition(download, inline));
    ByteRange range = range(exchange, meta, etag);
    if (range != null) {
      add(headers, HttpHeaderNames.CONTENT_RANGE, range.contentRange(meta.size()));
    }
    if (range != null && range.length() == 0) {
      download.close();
      exchange.respondEmpty(416, headers.toArray(CharSequence[]::new));
    } else {
      send(exchange, download, range, headers);
    }
  }

  private static void send(
      Exchange exchange, Download download, @Nullable ByteRange range, List<CharSequence> headers) {
    AssetMeta meta = download.meta();
    int status = range == null ? 200 : 206;
    long length = range == null ? meta.size() : range.length();
    if (length == 0) {
      download.close();
      exchange.respond(
          status, meta.mime(), Unpooled.EMPTY_BUFFER, headers.toArray(CharSequence[]::new));
      return;
    }
    add(headers, HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
    if (!exchange.method().equals(HttpMethod.HEAD)) {
      download.begin(range == null ? 0 : range.from(), length, exchange::proceed);
    }
    exchange.stream(status, meta.mime(), new Body(download), headers.toArray(CharSequence[]::new));
  }

  private record Body(Download download) implements BodySource {
    @Override
    public boolean waits() {
      return !download.isReady();
    }

    @Override
    public boolean appendTo(ByteBuf out) {
      out.writeBytes(download.take());
      return !download.isOver();
    }

    @Override
    public void release() {
      download.close();
    }
  }

  private static void add(List<CharSequence> headers, CharSequence name, CharSequence value) {
    headers.add(name);
    headers.add(value);
  }

  private static String disposition(Download download, boolean inline) {
    String name = download.meta().name();
    return ContentDisposition.of(
        inline && AssetTypes.isShown(download.meta().mime()),
        download.path().name(),
        name.isEmpty() ? download.path().name() : name);
  }

  /// HEAD has no ranges (RFC 9110 section 14.2), and one whose content has changed gets the whole.
  private static @Nullable ByteRange range(Exchange exchange, AssetMeta meta, String etag) {
    String condition = exchange.header(HttpHeaderNames.IF_RANGE);
    return exchange.method().equals(HttpMethod.GET)
            && (condition == null || condition.strip().equals(etag))
        ? ByteRange.parse(exchange.header(HttpHeaderNames.RANGE), meta.size())
        : null;
  }

  /// Whether one of the tags is ours, weak or not (RFC 9110 section 13.1.2).
  private static boolean matches(@Nullable String header, String etag) {
    if (header == null) {
      return false;
    }
    for (String tag : header.split(",", -1)) {
      String plain = tag.strip();
      if (plain.equals("*") || plain.equals(etag) || plain.equals("W/" + etag)) {
        return true;
      }
    }
    return false;
  }
}
