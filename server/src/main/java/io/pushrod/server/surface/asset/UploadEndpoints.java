package io.pushrod.server.surface.asset;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.multipart.MultipartReader;
import io.pushrod.server.asset.AssetDraft;
import io.pushrod.server.asset.AssetPath;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.asset.KeptAsset;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.BodyLimit;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.http.StreamingEndpoint;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.Desks;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `POST /v1/assets` and `PUT /v1/datasets/{path...}`: takes files as they come.
public final class UploadEndpoints {
  private final Hub hub;
  private final Access access;
  private final AssetAccess rules;
  private final Assets assets;
  private final ArtifactEvents events;
  private final long uploadNanos;

  /// @param uploadNanos from the begin of a body to its end
  public UploadEndpoints(
      Hub hub, Access access, Desks desks, Assets assets, ArtifactEvents events, long uploadNanos) {
    this.hub = hub;
    this.access = access;
    this.rules = new AssetAccess(desks);
    this.assets = assets;
    this.events = events;
    this.uploadNanos = uploadNanos;
  }

  public void addTo(Router router) {
    StreamingEndpoint media = this::media;
    StreamingEndpoint dataset = this::dataset;
    router.add(HttpMethod.POST, "/v1/assets", media);
    router.add(HttpMethod.PUT, "/v1/datasets/{path...}", dataset);
  }

  private void media(Exchange exchange) {
    take(exchange, who(exchange), null);
  }

  private void dataset(Exchange exchange) {
    Identity who = who(exchange);
    AssetPath path = AssetPath.dataset(who.tenant(), exchange.pathParameter("path"));
    if (!AssetAccess.mayWrite(who, path)) {
      exchange.metrics().count(Counter.AUTH_GRANT);
      throw DownloadEndpoints.notFound();
    }
    take(exchange, who, path);
  }

  private Identity who(Exchange exchange) {
    Identity who = access.require(exchange);
    access.check(exchange.metrics(), who, Action.PUBLISH);
    Shard shard = hub.of(exchange.channel().eventLoop());
    if (shard.isDraining()) {
      exchange.metrics().count(Counter.DRAIN_REFUSED);
      throw new RequestException(
          ErrorCode.UNAVAILABLE, "assets: server is shutting down (expected: another server)");
    }
    return who;
  }

  private void take(Exchange exchange, Identity who, @Nullable AssetPath dataset) {
    String boundary = MultipartReader.boundary(exchange.header(HttpHeaderNames.CONTENT_TYPE));
    String name = exchange.query().first("filename");
    AssetDraft draft =
        new AssetDraft(
            dataset != null ? dataset.name() : name == null ? "" : name,
            exchange.header(HttpHeaderNames.CONTENT_TYPE),
            who.user(),
            id(exchange, "run_id", "run/"),
            id(exchange, "thread_id", "thread/"),
            dataset);
    if (dataset != null && boundary != null) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "content-type: a form (expected: the file itself)");
    }
    List<String> topics = AssetAccess.topics(draft.run(), draft.thread());
    Shard shard = hub.of(exchange.channel().eventLoop());
    rules.mayAttach(
        shard,
        who,
        topics,
        may -> {
          if (may) {
            receive(exchange, shard, who, draft, boundary);
          } else {
            exchange.metrics().count(Counter.AUTH_GRANT);
            exchange.respondError(ErrorCode.NOT_FOUND, "topic: not one you may attach to");
          }
        });
  }

  private static String id(Exchange exchange, String parameter, String prefix) {
    String id = exchange.query().first(parameter);
    if (id == null || id.isEmpty()) {
      return "";
    }
    if (!IdField.isValid(id) || !TopicName.isValid(prefix + id)) {
      throw new RequestException(
          ErrorCode.BAD_ID, parameter + ": invalid (expected: a part of a topic's name)");
    }
    return id;
  }

  private void receive(
      Exchange exchange, Shard shard, Identity who, AssetDraft draft, @Nullable String boundary) {
    UploadSink sink;
    try {
      sink =
          new UploadSink(
              exchange,
              assets,
              who.tenant(),
              draft,
              boundary,
              kept -> events.announce(shard, kept, () -> answer(exchange, kept)));
    } catch (RequestException e) {
      exchange.respondError(e);
      return;
    }
    long bytes = assets.settings().bytes() + (boundary == null ? 0 : UploadSink.FORM_BYTES);
    exchange.receive(new BodyLimit(bytes, uploadNanos, Counter.LIMIT_ASSET_BYTES), sink);
  }

  private static void answer(Exchange exchange, List<KeptAsset> kept) {
    ByteBuf out = AssetJson.buffer(exchange.channel().alloc());
    KeptAsset first = kept.getFirst();
    if (kept.size() > 1) {
      AssetJson.kept(out, kept);
    } else {
      AssetJson.kept(out, first);
    }
    exchange.respondJson(first.replaced() ? 200 : 201, out);
  }
}
