package io.pushrod.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/// Who may know whom.
class ArchitectureTest {
  private static final String SERVER = "io.pushrod.server.";

  /// Logs, the index, sessions and the hub: what there would be without any network.
  private static final String[] CORE = {
    SERVER + "log..", SERVER + "index..", SERVER + "session..", SERVER + "hub.."
  };

  private static final JavaClasses PUSHROD =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("io.pushrod");

  private static void holds(ArchRule rule) {
    rule.check(PUSHROD);
  }

  @Test
  void transportsDoNotKnowEachOther() {
    holds(slices().matching(SERVER + "transport.(*)..").should().notDependOnEachOther());
  }

  @Test
  void theCoreKnowsNoTransportNoHttpAndNoConfigFile() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                SERVER + "transport..",
                SERVER + "surface..",
                SERVER + "http..",
                SERVER + "admin..",
                SERVER + "auth..",
                SERVER + "config..",
                SERVER + "cli..",
                "io.netty.handler.codec.http.."));
  }

  @Test
  void logsKnowNoReaders() {
    holds(
        noClasses()
            .that()
            .resideInAPackage(SERVER + "log..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVER + "index..", SERVER + "session..", SERVER + "hub.."));
  }

  @Test
  void nothingKnowsTheRoot() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(SERVER + "*..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.pushrod.server"));
  }

  @Test
  void onlyTheRootAndTheCommandLineKnowTheCommandLine() {
    holds(
        classes()
            .that()
            .resideInAPackage(SERVER + "cli..")
            .should()
            .onlyHaveDependentClassesThat()
            .resideInAnyPackage("io.pushrod.server", SERVER + "cli.."));
  }

  @Test
  void httpAndAdminKnowNothingOfTopics() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(SERVER + "http..", SERVER + "admin..", SERVER + "net..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CORE));
  }

  @Test
  void configurationKnowsOnlyItself() {
    holds(
        noClasses()
            .that()
            .resideInAPackage(SERVER + "config..")
            .should()
            .dependOnClassesThat(
                DescribedPredicate.describe(
                    "are other parts of the server",
                    other ->
                        other.getPackageName().startsWith(SERVER)
                            && !other.getPackageName().startsWith(SERVER + "config"))));
  }

  @Test
  void whatServesConnectionsLogsUnderTheirIds() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(
                SERVER + "http..",
                SERVER + "surface..",
                SERVER + "session..",
                SERVER + "transport..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.slf4j.."));
  }

  @Test
  void onlyAuthVerifiesTokens() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage(SERVER + "auth..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.nimbusds.."));
  }

  @Test
  void onlySchemasKnowTheirLibrary() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage(SERVER + "schema..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.harrel.."));
  }

  @Test
  void onlyTheStoreInABucketKnowsItsClient() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage(SERVER + "asset.s3..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("software.amazon.."));
  }

  @Test
  void assetsKnowNoHttpAndNoTopics() {
    holds(
        noClasses()
            .that()
            .resideInAPackage(SERVER + "asset..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                SERVER + "log..", SERVER + "hub..", SERVER + "http..", SERVER + "surface.."));
  }

  @Test
  void onlyRelaysAndTheBackplaneKnowRedis() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackages(SERVER + "relay..", SERVER + "backplane..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.lettuce.."));
  }

  @Test
  void onlyTheDiskStoreKnowsRocksDb() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage(SERVER + "storage.disk..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.rocksdb.."));
  }

  @Test
  void theCodecKnowsNoChannelAndNoThread() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("io.pushrod.codec..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.netty.channel..",
                "io.netty.handler..",
                "java.util.concurrent..",
                "java.net..",
                "org.slf4j..",
                "io.pushrod.client..",
                "io.pushrod.server.."));
    holds(
        noClasses()
            .that()
            .resideInAPackage("io.pushrod.codec..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Thread.class));
  }

  @Test
  void packagesFormNoCycles() {
    holds(slices().matching("io.pushrod.(**)").should().beFreeOfCycles());
  }
}
