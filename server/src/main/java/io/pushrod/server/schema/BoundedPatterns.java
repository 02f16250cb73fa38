package io.pushrod.server.schema;

import dev.harrel.jsonschema.EvaluationContext;
import dev.harrel.jsonschema.Evaluator;
import dev.harrel.jsonschema.EvaluatorFactory;
import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.SchemaParsingContext;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The keywords `pattern` and `patternProperties` with bounded work: the JDK's regular expressions
/// go back and forth, for some patterns in exponential time.
final class BoundedPatterns implements EvaluatorFactory {
  /// @throws java.util.regex.PatternSyntaxException which the library would pass over
  @Override
  public Optional<Evaluator> create(
      SchemaParsingContext schema, String keyword, JsonNode keywordNode) {
    if (keyword.equals("pattern") && keywordNode.isString()) {
      return Optional.of(new OfText(Pattern.compile(keywordNode.asString())));
    }
    if (keyword.equals("patternProperties") && keywordNode.isObject()) {
      Map<Pattern, String> references = new LinkedHashMap<>();
      keywordNode
          .asObject()
          .forEach(
              (pattern, subschema) ->
                  references.put(Pattern.compile(pattern), schema.getAbsoluteUri(subschema)));
      return Optional.of(new OfNames(references));
    }
    return Optional.empty();
  }

  private static boolean matches(Pattern pattern, String text, JsonNode node) {
    return node instanceof DataNode data
        && pattern.matcher(new CountedText(text, data.steps())).find();
  }

  private record OfText(Pattern pattern) implements Evaluator {
    @Override
    public Result evaluate(EvaluationContext context, JsonNode node) {
      return !node.isString() || matches(pattern, node.asString(), node)
          ? Result.success()
          : Result.formattedFailure("pattern");
    }
  }

  private record OfNames(Map<Pattern, String> references) implements Evaluator {
    @Override
    public Result evaluate(EvaluationContext context, JsonNode node) {
      if (!node.isObject()) {
        return Result.success();
      }
      Set<String> matched = new HashSet<>();
      boolean valid = true;
      for (Map.Entry<String, JsonNode> member : node.asObject().entrySet()) {
        for (Map.Entry<Pattern, String> reference : references.entrySet()) {
          if (matches(reference.getKey(), member.getKey(), node)) {
            matched.add(member.getKey());
            valid &= context.resolveInternalRefAndValidate(reference.getValue(), member.getValue());
          }
        }
      }
      return valid ? Result.success(matched) : Result.failure();
    }
  }
}
