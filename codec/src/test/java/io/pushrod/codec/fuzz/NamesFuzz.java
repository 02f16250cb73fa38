package io.pushrod.codec.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.websocket.WebSocketHandshake;
import java.util.Base64;
import java.util.regex.Pattern;

/// The rules for short texts agree with their regular expressions, and the key of a handshake with
/// the JDK's base64.
public final class NamesFuzz {
  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9_.:@/-]{1,255}");
  private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9_.:@/-]{1,128}");
  private static final Pattern ID = Pattern.compile("[ !#-\\[\\]-~]{1,255}");

  private NamesFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, UTF_8);
    Claim.equal(TopicName.isValid(text), TOPIC.matcher(text).matches(), "topic");
    Claim.equal(TypeName.isValid(text), TYPE.matcher(text).matches(), "type");
    Claim.equal(IdField.isValid(text), ID.matcher(text).matches(), "id");
    refuses(() -> TopicName.checked(text), TopicName.isValid(text));
    refuses(() -> TypeName.checked(text), TypeName.isValid(text) && !text.equals("gap"));
    refuses(() -> OverflowPolicy.parse(text), isPolicy(text));
    key(text);
  }

  private static void refuses(Runnable parser, boolean valid) {
    try {
      parser.run();
      Claim.that(valid, "what is accepted is valid");
    } catch (RequestException e) {
      Claim.that(!valid, "what is valid is accepted");
      Claim.bounded(String.valueOf(e.getMessage()));
    }
  }

  private static boolean isPolicy(String text) {
    for (OverflowPolicy policy : OverflowPolicy.values()) {
      if (policy.label().equals(text)) {
        return true;
      }
    }
    return false;
  }

  private static void key(String text) {
    if (WebSocketHandshake.isKey(text)) {
      Claim.equal(Base64.getDecoder().decode(text).length, 16, "a key is 16 bytes");
    }
    Claim.equal(WebSocketHandshake.accept(text).length(), 28, "an accept is 20 bytes in base64");
    Claim.equal(WebSocketHandshake.isVersion(text), text.equals("13"), "version");
    Claim.that(EventClass.values().length == 5, "the ingest hint has room for every class");
  }
}
