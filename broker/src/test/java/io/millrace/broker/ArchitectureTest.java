package io.millrace.broker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.millrace.storage.file.MappedWindow;
import org.junit.jupiter.api.Test;

/** Holds the picture of the house: arrows point down only. */
class ArchitectureTest {
    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.millrace");

    /**
     * <pre>
     *     broker ──► client
     *       │  \       │
     *       ▼   \      │
     *    storage \     │
     *       │     ▼    ▼
     *       └───► protocol
     * </pre>
     */
    @Test
    void modulesPointDown() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("broker")
                .definedBy("io.millrace.broker..")
                .layer("client")
                .definedBy("io.millrace.client..")
                .layer("storage")
                .definedBy("io.millrace.storage..")
                .layer("protocol")
                .definedBy("io.millrace.protocol..")
                .whereLayer("broker")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("client")
                .mayOnlyBeAccessedByLayers("broker")
                .whereLayer("storage")
                .mayOnlyBeAccessedByLayers("broker")
                .check(HOUSE);
    }

    @Test
    void theBrokerUsesOfTheClientOnlyItsConnections() {
        noClasses()
                .that()
                .resideInAPackage("io.millrace.broker..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.client",
                        "io.millrace.client.admin",
                        "io.millrace.client.producer",
                        "io.millrace.client.consumer")
                .because("a follower is a client of its leader, and nothing more")
                .allowEmptyShould(true)
                .check(HOUSE);
    }

    @Test
    void storageKnowsOfTheProtocolOnlyRecordsAndNames() {
        noClasses()
                .that()
                .resideInAPackage("io.millrace.storage..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.protocol.message", "io.millrace.protocol.view")
                .because("a log on disk knows batches, not requests")
                .allowEmptyShould(true)
                .check(HOUSE);
    }

    /** A fault of a page in one of those ends the process, where in a plain get or put it is an InternalError. */
    @Test
    void mappedMemoryIsGivenToNoChecksumAndNoCodec() {
        noClasses()
                .that(DescribedPredicate.describe(
                        "use mapped windows",
                        user -> user.getDirectDependenciesFromSelf().stream()
                                .anyMatch(use -> use.getTargetClass().isEquivalentTo(MappedWindow.class))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.zip", "io.millrace.protocol.record", "sun.misc")
                .check(HOUSE);
    }

    @Test
    void noPackageStandsInACircle() {
        slices().matching("io.millrace.(protocol).(*)..")
                .should()
                .beFreeOfCycles()
                .check(HOUSE);
        slices().matching("io.millrace.(storage).(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(HOUSE);
        slices().matching("io.millrace.(client).(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(HOUSE);
        slices().matching("io.millrace.(broker).(*)..")
                .should()
                .beFreeOfCycles()
                .check(HOUSE);
    }

    @Test
    void kafkaIsAJudgeAndNeverAPart() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "kafka..")
                .check(HOUSE);
    }
}
