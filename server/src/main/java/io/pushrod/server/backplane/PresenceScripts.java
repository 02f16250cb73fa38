package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.command.PresencePage;
import io.pushrod.codec.command.PresentUser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The hash of who is on a topic.
///
///     c<life>         connections:anonymous of a server's life
///     n<life> LF user connections of a user there
///     k<user>         on how many servers' lives the user is
///     q<user>         its connections on all of them
///     t<user>         since when it is there, in milliseconds since 1970
///     s<user>         what it says of itself; not there when nothing
///     m               users
final class PresenceScripts {
  /// About where a page ends, whatever its limit.
  private static final int PAGE_CHARS = 1 << 20;

  private static final int MEMBER_CHARS = 64;

  /// Answers, for each user, with what became of it, its connections, since when, and its state.
  static final String TELL =
      """
      local key, life, again, most = KEYS[1], ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])
      if ARGV[4] == '' then
        redis.call('HDEL', key, 'c' .. life)
      else
        redis.call('HSET', key, 'c' .. life, ARGV[4])
      end
      local out = {}
      for i = 5, #ARGV, 6 do
        local user, count, since = ARGV[i], tonumber(ARGV[i + 2]), ARGV[i + 3]
        local mine = 'n' .. life .. '\\n' .. user
        local before = redis.call('HGET', key, mine)
        local what = ''
        local state = redis.call('HGET', key, 's' .. user) or ''
        if ARGV[i + 1] == 'here' then
          local admitted = true
          if not before then
            local servers = redis.call('HGET', key, 'k' .. user)
            if not servers and tonumber(redis.call('HGET', key, 'm') or '0') >= most then
              admitted = false
            else
              if redis.call('HINCRBY', key, 'k' .. user, 1) == 1 then
                redis.call('HINCRBY', key, 'm', 1)
                redis.call('HSET', key, 't' .. user, since)
                what = 'join'
              end
            end
          elseif again and redis.call('HGET', key, 'k' .. user) == '1'
              and redis.call('HGET', key, 't' .. user) == since then
            what = 'join'
          end
          if admitted then
            redis.call('HSET', key, mine, count)
            redis.call('HINCRBY', key, 'q' .. user, count - tonumber(before or '0'))
            if ARGV[i + 4] == '1' and state ~= ARGV[i + 5] then
              state = ARGV[i + 5]
              if state == '' then
                redis.call('HDEL', key, 's' .. user)
              else
                redis.call('HSET', key, 's' .. user, state)
              end
              if what == '' then
                what = 'update'
              end
            end
          end
        elseif before then
          redis.call('HDEL', key, mine)
          redis.call('HINCRBY', key, 'q' .. user, 0 - tonumber(before))
          since = redis.call('HGET', key, 't' .. user) or since
          if redis.call('HINCRBY', key, 'k' .. user, -1) <= 0 then
            redis.call('HDEL', key, 'k' .. user, 'q' .. user, 't' .. user, 's' .. user)
            if redis.call('HINCRBY', key, 'm', -1) <= 0 then
              redis.call('HDEL', key, 'm')
            end
            what = 'leave'
          end
        elseif again and redis.call('HEXISTS', key, 'k' .. user) == 0 then
          what = 'leave'
        end
        out[#out + 1] = what
        out[#out + 1] = tostring(redis.call('HGET', key, 'q' .. user) or 0)
        out[#out + 1] = since
        out[#out + 1] = state
      end
      return out
      """;

  /// Takes a life out; answers with those who are gone by that: user, since when, state.
  static final String REAP =
      """
      local key, life = KEYS[1], ARGV[1]
      local prefix = 'n' .. life .. '\\n'
      local out = {}
      redis.call('HDEL', key, 'c' .. life)
      for _, field in ipairs(redis.call('HKEYS', key)) do
        if string.sub(field, 1, #prefix) == prefix then
          local user = string.sub(field, #prefix + 1)
          redis.call('HINCRBY', key, 'q' .. user, 0 - tonumber(redis.call('HGET', key, field)))
          redis.call('HDEL', key, field)
          if redis.call('HINCRBY', key, 'k' .. user, -1) <= 0 then
            out[#out + 1] = user
            out[#out + 1] = redis.call('HGET', key, 't' .. user) or '0'
            out[#out + 1] = redis.call('HGET', key, 's' .. user) or ''
            redis.call('HDEL', key, 'k' .. user, 'q' .. user, 't' .. user, 's' .. user)
            if redis.call('HINCRBY', key, 'm', -1) <= 0 then
              redis.call('HDEL', key, 'm')
            end
          end
        end
      end
      return out
      """;

  private PresenceScripts() {}

  /// A page of the users that a hash has, sorted.
  static PresencePage page(Map<byte[], byte[]> fields, String after, int limit) {
    Map<String, String> all = new TreeMap<>();
    fields.forEach((name, value) -> all.put(text(name), text(value)));
    int connections = 0;
    int anonymous = 0;
    int listed = 0;
    int users = 0;
    int chars = 0;
    boolean more = false;
    List<PresentUser> members = new ArrayList<>();
    for (Map.Entry<String, String> each : all.entrySet()) {
      String rest = each.getKey().substring(1);
      if (each.getKey().charAt(0) == 'c') {
        int mark = each.getValue().indexOf(':');
        connections += Integer.parseInt(each.getValue().substring(0, mark));
        anonymous += Integer.parseInt(each.getValue().substring(mark + 1));
      } else if (each.getKey().charAt(0) == 'k') {
        users++;
        PresentUser user = user(rest, all);
        listed += user.connections();
        if (rest.compareTo(after) <= 0) {
          continue;
        }
        if (members.size() == limit || chars >= PAGE_CHARS) {
          more = true;
          continue;
        }
        members.add(user);
        chars += MEMBER_CHARS + rest.length() + (user.state() == null ? 0 : user.state().length());
      }
    }
    return new PresencePage(
        users,
        connections,
        anonymous,
        Math.max(0, connections - anonymous - listed),
        members,
        more ? members.getLast().user() : null);
  }

  private static PresentUser user(String user, Map<String, String> all) {
    String state = all.get('s' + user);
    return new PresentUser(
        user, number(all.get('q' + user)).intValue(), number(all.get('t' + user)), state);
  }

  private static Long number(@Nullable String text) {
    return text == null ? 0L : Long.valueOf(text);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }
}
