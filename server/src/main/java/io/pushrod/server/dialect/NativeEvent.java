package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonStrings;

/// The parts of one native event, found in its JSON. The JSON is checked and compact, as logs store
/// it and the hub writes it; `data` may be any value.
///
/// Parts are ranges of the buffer that was given last; nothing is copied. Of members with the same
/// name the last one counts, as in browsers.
final class NativeEvent {
  private final JsonMembers members = new JsonMembers();
  private ByteBuf json = Unpooled.EMPTY_BUFFER;
  private int begin;
  private int length;
  private String type = "";
  private long timestampMillis;
  private long firstSequence;
  private int topic;
  private int topicLength;
  private int agent;
  private int agentLength;
  private int data;
  private int dataLength;
  private int value;
  private int valueLength;

  /// Finds the parts; the buffer is read until the next call.
  void read(ByteBuf source, int offset, int length) {
    json = source;
    begin = offset;
    this.length = length;
    type = "";
    timestampMillis = 0;
    firstSequence = 0;
    topicLength = 0;
    agentLength = 0;
    dataLength = 0;
    members.reset(source, offset, length);
    while (members.next()) {
      take();
    }
  }

  private void take() {
    int at = members.valueOffset();
    int length = members.valueLength();
    if (isNamed("type")) {
      type = json.toString(at + 1, length - 2, US_ASCII);
    } else if (isNamed("topic")) {
      topic = at + 1;
      topicLength = length - 2;
    } else if (isNamed("agent_id")) {
      agent = at + 1;
      agentLength = length - 2;
    } else if (isNamed("ts")) {
      timestampMillis = number(at, length);
    } else if (isNamed("from_seq")) {
      firstSequence = number(at, length);
    } else if (isNamed("data")) {
      data = at;
      dataLength = length;
    }
  }

  private long number(int at, int length) {
    long number = 0;
    for (int i = at; i < at + length; i++) {
      number = number * 10 + (json.getByte(i) - '0');
    }
    return number;
  }

  ByteBuf json() {
    return json;
  }

  String type() {
    return type;
  }

  long timestampMillis() {
    return timestampMillis;
  }

  /// The first sequence that a folded event covers; 0 for any other.
  long firstSequence() {
    return firstSequence;
  }

  String topic() {
    return json.toString(topic, topicLength, US_ASCII);
  }

  /// Appends what follows the first slash of the topic, all of it if there is none.
  void appendTopicTail(ByteBuf out) {
    int slash = json.indexOf(topic, topic + topicLength, (byte) '/');
    int from = slash < 0 ? topic : slash + 1;
    out.writeBytes(json, from, topic + topicLength - from);
  }

  boolean hasAgent() {
    return agentLength > 0;
  }

  void appendAgent(ByteBuf out) {
    out.writeBytes(json, agent, agentLength);
  }

  boolean hasData() {
    return dataLength > 0;
  }

  void appendData(ByteBuf out) {
    out.writeBytes(json, data, dataLength);
  }

  boolean hasObject() {
    return dataLength > 0 && json.getByte(data) == '{';
  }

  /// Finds a member of the event itself; the value is then to be had like one of the payload.
  boolean findField(String name) {
    members.reset(json, begin, length);
    return findAmongMembers(name);
  }

  // Members of the payload.

  /// Finds the last member of `data` with that name.
  boolean find(String name) {
    return beginMembers() && findAmongMembers(name);
  }

  private boolean findAmongMembers(String name) {
    boolean found = false;
    while (members.next()) {
      if (isNamed(name)) {
        found = true;
        value = members.valueOffset();
        valueLength = members.valueLength();
      }
    }
    return found;
  }

  /// Finds the last member with that name of the object found, which it replaces.
  ///
  /// @return false when there is none, or what was found is no object
  boolean findWithin(String name) {
    if (valueBegin() != '{') {
      return false;
    }
    boolean found = false;
    int at = 0;
    int length = 0;
    members.reset(json, value, valueLength);
    while (members.next()) {
      if (isNamed(name)) {
        found = true;
        at = members.valueOffset();
        length = members.valueLength();
      }
    }
    if (found) {
      value = at;
      valueLength = length;
    }
    return found;
  }

  /// The first byte of the value found, which says what it is: `{`, `[`, `"`, `n` and so on.
  byte valueBegin() {
    return json.getByte(value);
  }

  /// The value found, raw.
  void appendValue(ByteBuf out) {
    out.writeBytes(json, value, valueLength);
  }

  String valueText() {
    return json.toString(value, valueLength, US_ASCII);
  }

  /// Whether the value found is a text with that meaning.
  boolean isText(String meaning) {
    return valueBegin() == '"' && JsonStrings.decode(json, value, valueLength).equals(meaning);
  }

  /// Goes before the first member of `data`.
  ///
  /// @return false when that is no object
  boolean beginMembers() {
    if (!hasObject()) {
      return false;
    }
    members.reset(json, data, dataLength);
    return true;
  }

  boolean nextMember() {
    return members.next();
  }

  /// Whether the member at hand has that name, however it is spelled: those who parse it see one
  /// name.
  boolean isNamed(String name) {
    int at = members.nameOffset();
    int length = members.nameLength();
    if (length == name.length()) {
      for (int i = 0; i < length; i++) {
        if (json.getByte(at + i) != name.charAt(i)) {
          return false;
        }
      }
      return true;
    }
    return length > name.length()
        && json.indexOf(at, at + length, (byte) '\\') >= 0
        && JsonStrings.decode(json, at - 1, length + 2).equals(name);
  }

  /// The member at hand with its name, raw.
  void appendMember(ByteBuf out) {
    int from = members.nameOffset() - 1;
    out.writeBytes(json, from, members.valueOffset() + members.valueLength() - from);
  }
}
