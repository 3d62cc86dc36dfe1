/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot;

import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.lockfile.spring.boot.failure.ExitCodes;
import io.github.lockfile.testsupport.TopLevelTypes;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfiguration;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	private static final JavaClasses main = new ClassFileImporter()
		.withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages("io.github.lockfile");

	private static final JavaClasses autoconfigure = main.that(new DescribedPredicate<>("are in autoconfigure") {
		@Override
		public boolean test(JavaClass type) {
			return type.getPackageName().startsWith("io.github.lockfile.spring");
		}
	});

	/**
	 * Public only because another package of ours, or Spring, must reach them.
	 */
	private static final List<String> INTERNAL = List.of("ContextLocks", "LockRequiredPostProcessor", "ClusterLock",
			"ClusterLockListener", "EndlessTask", "StartRefusedException", "ExitCodes");

	@Test
	void packagesAreFreeOfCycles() {
		slices().matching("io.github.lockfile.(**)").should().beFreeOfCycles().check(main);
		noClasses().that()
			.resideInAPackage("io.github.lockfile")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.github.lockfile.spring..", "org.springframework..")
			.check(main);
	}

	@Test
	void typesAreFreeOfCycles() {
		slices().assignedFrom(new TopLevelTypes()).should().beFreeOfCycles().check(autoconfigure);
	}

	@Test
	void autoConfigurationsArePublicAndFinalWithPackagePrivateMembers() {
		classes().that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
			.check(autoconfigure);
		methods().that()
			.areDeclaredInClassesThat()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePackagePrivate()
			.check(autoconfigure);
		constructors().that()
			.areDeclaredInClassesThat()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePackagePrivate()
			.check(autoconfigure);
	}

	@Test
	void arrowsPointOneWay() {
		layeredArchitecture().consideringOnlyDependenciesInLayers()
			.layer("autoconfigure")
			.definedBy("io.github.lockfile.spring.boot.autoconfigure")
			.layer("startup")
			.definedBy("io.github.lockfile.spring.boot.startup")
			.layer("actuate")
			.definedBy("io.github.lockfile.spring.boot.actuate")
			.layer("watch")
			.definedBy("io.github.lockfile.spring.boot.watch")
			.layer("cluster")
			.definedBy("io.github.lockfile.spring.boot.cluster")
			.layer("task")
			.definedBy("io.github.lockfile.spring.boot.task")
			.layer("failure")
			.definedBy("io.github.lockfile.spring.boot.failure")
			.layer("test")
			.definedBy("io.github.lockfile.spring.boot.test")
			.whereLayer("autoconfigure")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("test")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("actuate")
			.mayOnlyBeAccessedByLayers("autoconfigure")
			.whereLayer("startup")
			.mayOnlyBeAccessedByLayers("autoconfigure", "actuate")
			.whereLayer("cluster")
			.mayOnlyBeAccessedByLayers("startup")
			.whereLayer("watch")
			.mayOnlyBeAccessedByLayers("startup", "actuate", "cluster")
			.whereLayer("task")
			.mayOnlyBeAccessedByLayers("startup", "cluster")
			.whereLayer("failure")
			.mayOnlyBeAccessedByLayers("startup", "cluster")
			.ensureAllClassesAreContainedInArchitecture()
			.check(autoconfigure);
	}

	@Test
	void theGuaranteesListWhatIsPublicApi() throws IOException {
		String page = Files.readString(Path.of("../docs/guarantees.md"));
		String list = page.substring(page.indexOf("### The public types"), page.indexOf("Texts of logs"));
		assertThat(Pattern.compile("`([A-Za-z]+)`").matcher(list).results().map((found) -> found.group(1)))
			.containsAll(publicTypes().filter((type) -> !INTERNAL.contains(type.getSimpleName()))
				.map(JavaClass::getSimpleName)
				.toList())
			.doesNotContainAnyElementsOf(INTERNAL);
	}

	@Test
	void whatElseIsPublicIsUsedByAnotherPackageOfOurs() {
		assertThat(publicTypes().map(JavaClass::getSimpleName)).containsAll(INTERNAL);
		// Constants are copied into the classes that use them, which then show no use.
		assertThat(publicTypes().filter((type) -> INTERNAL.contains(type.getSimpleName()))
			.filter((type) -> !type.isEquivalentTo(ExitCodes.class)))
			.allMatch((type) -> type.getDirectDependenciesToSelf()
				.stream()
				.anyMatch((use) -> !use.getOriginClass().getPackageName().equals(type.getPackageName())));
	}

	@Test
	void thePackageWatchIsApiAndNothingElse() {
		assertThat(autoconfigure.stream()
			.filter((type) -> type.getPackageName().endsWith(".watch") && !type.getSimpleName().equals("package-info"))
			.map(JavaClass::getSimpleName)).containsExactlyInAnyOrder("LockFileWatch", "LockState", "Cluster",
					"LockFileEvent", "LockFileRestoredEvent", "LockFileDoubtEvent", "LockFileLostEvent",
					"ClusterLockEvent", "State");
	}

	@Test
	void publicApiShowsNothingThatIsNot() {
		publicTypes().filter((type) -> type.getPackageName().endsWith(".watch"))
			.flatMap((type) -> type.getMethods().stream())
			.filter((method) -> method.getModifiers().contains(JavaModifier.PUBLIC))
			.flatMap((method) -> Stream.concat(Stream.of(method.getRawReturnType()),
					method.getRawParameterTypes().stream()))
			.filter((type) -> type.getPackageName().startsWith("io.github.lockfile.spring"))
			.forEach((type) -> assertThat(type.getPackageName()).endsWith(".watch"));
	}

	private static Stream<JavaClass> publicTypes() {
		return autoconfigure.stream()
			.filter((type) -> type.getModifiers().contains(JavaModifier.PUBLIC) && type.isTopLevelClass());
	}

	/**
	 * An aspect of an application around health, an endpoint's operation or a meter
	 * binder subclasses these, as it does those of Spring Boot. No aspect is applied to
	 * the other beans: they are post-processors, or are registered as instances.
	 */
	@Test
	void classesAreFinalExceptBeansThatAspectsApplyTo() {
		assertThat(autoconfigure.stream().filter(ArchitectureTests::isOpen).map(JavaClass::getSimpleName))
			.containsExactlyInAnyOrder("LockFileEndpoint", "LockFileHealthIndicator", "LockFileMeterBinder");
		methods().that()
			.areDeclaredInClassesThat(DescribedPredicate.describe("are open", ArchitectureTests::isOpen))
			.should()
			.notHaveModifier(JavaModifier.FINAL)
			.check(autoconfigure);
	}

	private static boolean isOpen(JavaClass type) {
		return type.isTopLevelClass() && !type.isInterface() && !type.getModifiers().contains(JavaModifier.ABSTRACT)
				&& !type.getModifiers().contains(JavaModifier.FINAL) && !type.isAssignableTo(Throwable.class);
	}

	@Test
	void onlyCoreTouchesFiles() {
		noClasses().should()
			.accessClassesThat()
			.areAssignableTo(Channel.class)
			.orShould()
			.accessClassesThat()
			.belongToAnyOf(Files.class)
			.orShould()
			.accessClassesThat()
			.resideInAPackage("java.io..")
			.check(autoconfigure);
	}

	@Test
	void optionalDependenciesAreReachedOnlyThroughTheirOwnClasses() {
		onlyReachedFrom("(LockFileEndpoint|LockFileEndpointAutoConfiguration|ClusterSecretsAutoConfiguration)",
				"org.springframework.boot.actuate..");
		onlyReachedFrom("LockFileHealth(Indicator|ContributorAutoConfiguration)", "org.springframework.boot.health..");
		onlyReachedFrom("LockFileMe(terBinder|tricsAutoConfiguration)", "io.micrometer..",
				"org.springframework.boot.micrometer..");
		onlyReachedFrom("WarDeployment", "org.springframework.web..", "jakarta..");
		onlyReachedFrom("LockFileContextCustomizerFactory", "org.springframework.test..");
	}

	@Test
	void databasesAreReachedOnlyThroughSessions() {
		onlyReachedFrom("([A-Za-z]*Session(Factory)?|ClusterUrl)", "java.sql..", "javax.sql..");
		onlyReachedFrom("(PostgreSqlSession|ClusterUrl)", "org.postgresql..");
		onlyReachedFrom("(MariaDbSession|ClusterUrl)", "org.mariadb..");
		onlyReachedFrom("(MySqlSession|ClusterUrl)", "com.mysql..");
	}

	@Test
	void theClusterLockKnowsNeitherTheLockFileNorBeans() {
		noClasses().that()
			.resideInAPackage("io.github.lockfile.spring.boot.cluster")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.github.lockfile", "org.springframework.beans..", "org.springframework.context..")
			.check(autoconfigure);
	}

	private void onlyReachedFrom(String types, String... packages) {
		noClasses().that()
			.haveNameNotMatching(".*[.]" + types + "([$].*)?")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(packages)
			.check(main);
	}

	@Test
	void packagesAreNullMarked() {
		assertThat(autoconfigure.stream().map((type) -> type.reflect().getPackage()).distinct()).hasSize(8)
			.allMatch((found) -> found.isAnnotationPresent(NullMarked.class));
	}

}
