package io.pushrod.server.dialect;

/// A kind of thing that Argos' clients watch: `ingest.job`, `agent.run` or `workflow.run`. Types of
/// its events begin with that, and carry it under the last part of the name.
///
/// @param family what types of its events begin with
public record ArgosResource(String family) {
  /// @throws IllegalArgumentException for a name without a dot
  public ArgosResource {
    int dot = family.lastIndexOf('.');
    if (dot < 1 || dot == family.length() - 1) {
      throw new IllegalArgumentException(
          "options.resource: " + family + " (expected: such as ingest.job)");
    }
  }

  /// The member of an event that holds it: `job` or `run`.
  public String key() {
    return family.substring(family.lastIndexOf('.') + 1);
  }

  /// The type of the frame that shows its state to who comes.
  public String created() {
    return family + ".created";
  }

  /// What paths, queries and error frames call its id: `job_id` or `run_id`.
  public String idName() {
    return key() + "_id";
  }

  /// Its name in the words of people: `Ingest job`.
  public String title() {
    return Character.toUpperCase(family.charAt(0)) + family.substring(1).replace('.', ' ');
  }

  boolean owns(String type) {
    return type.length() > family.length()
        && type.startsWith(family)
        && type.charAt(family.length()) == '.';
  }
}
