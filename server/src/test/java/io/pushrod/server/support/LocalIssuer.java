package io.pushrod.server.support;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/// An issuer of tokens on this host: down at first, at an address that stays its own.
public final class LocalIssuer implements AutoCloseable {
  private final HttpServer http;
  private final AtomicInteger fetches = new AtomicInteger();
  private final AtomicInteger elsewhere = new AtomicInteger();
  private volatile int status = 503;
  private volatile ECKey key = fresh("k1");

  public LocalIssuer() {
    try {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    http.createContext("/jwks", this::answer);
    http.createContext("/elsewhere", this::answerElsewhere);
    http.start();
  }

  private static ECKey fresh(String kid) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(kid).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    fetches.incrementAndGet();
    if (status == 302) {
      exchange.getResponseHeaders().add("Location", "/elsewhere");
    }
    send(exchange, status, status == 200 ? keySet() : "");
  }

  private void answerElsewhere(HttpExchange exchange) throws IOException {
    elsewhere.incrementAndGet();
    send(exchange, 200, keySet());
  }

  private String keySet() {
    return new JWKSet(key.toPublicJWK()).toString();
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /// The setting that makes a server accept its tokens.
  public String setting() {
    return "auth.issuers=[{issuer: 'https://id', jwks_url: 'http://127.0.0.1:"
        + http.getAddress().getPort()
        + "/jwks'}]";
  }

  /// What it answers from now on: 200 has its keys, 302 points to another address that has them.
  public void answers(int newStatus) {
    status = newStatus;
  }

  /// Signs with another key from now on, the only one in its set.
  public void rotate(String kid) {
    key = fresh(kid);
  }

  public int fetches() {
    return fetches.get();
  }

  /// How often somebody followed its redirect.
  public int redirected() {
    return elsewhere.get();
  }

  /// A token of tenant `acme` for every topic.
  public String token() {
    return token(key.getKeyID());
  }

  /// A token that claims to be signed by the key of this name.
  public String token(String kid) {
    try {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(kid).build(),
              new JWTClaimsSet.Builder()
                  .issuer("https://id")
                  .subject("ann")
                  .jwtID(UUID.randomUUID().toString())
                  .claim("tenant", "acme")
                  .claim("topics", List.of("*"))
                  .claim("publish", List.of("*"))
                  .build());
      token.sign(new ECDSASigner(key));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
