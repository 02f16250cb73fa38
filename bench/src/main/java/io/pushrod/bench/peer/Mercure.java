package io.pushrod.bench.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.pushrod.bench.Transport;
import io.pushrod.bench.run.Door;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A Mercure hub in Caddy: SSE for subscribers without token, publishing by POST with a JWT, the
/// `local` transport, which keeps no history.
///
/// Written from its documentation (chapter "Configuration") and never run by its authors.
final class Mercure {
  private static final String NAME = "mercure";
  private static final int SECONDS = 20;
  private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";

  /// Signs nothing but this machine's own publications.
  private static final String KEY = "pushrod-bench-pushrod-bench-pushrod-bench";

  private Mercure() {}

  /// The default ends a stream after 600 s and writes history to a file; no run needs either.
  private static String config(int port) {
    return """
    {
    	admin off
    	auto_https off
    	persist_config off
    }
    http://127.0.0.1:%1$d {
    	bind 127.0.0.1
    	mercure {
    		anonymous
    		publisher_jwt %2$s
    		subscriber_jwt %2$s
    		transport local
    		write_timeout 0s
    	}
    	respond "Not Found" 404
    }
    """
        .formatted(port, KEY);
  }

  static Optional<String> missing() {
    return Program.find(NAME).isPresent()
        ? Optional.empty()
        : Optional.of("mercure: not found (expected: mercure on the PATH, a release of its hub)");
  }

  static Peer start(Setup setup) throws IOException, InterruptedException {
    Path program = Program.require(NAME);
    String authorization = "Authorization: Bearer " + token() + "\r\n";
    Folder folder = Folder.in(setup.logs(), NAME);
    int port = Program.freePort();
    String config = folder.write("Caddyfile", config(port));
    String version = Program.run(folder.path(), SECONDS, List.of(program.toString(), "version"));
    String path = "/.well-known/mercure";
    Door door =
        Door.of(Transport.SSE, port, path + "?topic={topics}", List.of(), "", setup.topics());
    return Peer.start(
        NAME,
        setup,
        folder,
        List.of(program.toString(), "run", "--config", config, "--adapter", "caddyfile"),
        child ->
            new Peer.Entry(
                version,
                Map.of(Transport.SSE, door),
                HttpFeed.connect(
                    NAME,
                    child,
                    port,
                    (topic, json) -> HttpFeed.post(path, authorization + FORM, form(topic, json)),
                    body -> true)));
  }

  private static String form(String topic, String json) {
    return "topic=" + URLEncoder.encode(topic, UTF_8) + "&data=" + URLEncoder.encode(json, UTF_8);
  }

  private static String token() {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder().claim("mercure", Map.of("publish", List.of("*"))).build();
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    try {
      token.sign(new MACSigner(KEY));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return token.serialize();
  }
}
