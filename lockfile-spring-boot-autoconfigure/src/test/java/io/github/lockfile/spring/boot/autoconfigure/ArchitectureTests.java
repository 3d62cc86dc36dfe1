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

package io.github.lockfile.spring.boot.autoconfigure;

import java.nio.channels.Channel;
import java.nio.file.Files;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfiguration;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	private final JavaClasses main = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages("io.github.lockfile");

	private final JavaClasses autoconfigure = this.main.that(new DescribedPredicate<>("are in autoconfigure") {
		@Override
		public boolean test(JavaClass type) {
			return type.getPackageName().startsWith("io.github.lockfile.spring");
		}
	});

	@Test
	void packagesAreFreeOfCycles() {
		slices().matching("io.github.lockfile.(**)").should().beFreeOfCycles().check(this.main);
		noClasses().that()
			.resideInAPackage("io.github.lockfile")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.github.lockfile.spring..", "org.springframework..")
			.check(this.main);
	}

	@Test
	void autoConfigurationsArePublicAndFinalWithPackagePrivateMembers() {
		classes().that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
			.check(this.autoconfigure);
		methods().that()
			.areDeclaredInClassesThat()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePackagePrivate()
			.check(this.autoconfigure);
		constructors().that()
			.areDeclaredInClassesThat()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePackagePrivate()
			.check(this.autoconfigure);
	}

	@Test
	void nothingElseIsPublic() {
		classes().that()
			.areNotAnnotatedWith(AutoConfiguration.class)
			.and()
			.areTopLevelClasses()
			.and()
			.doNotHaveSimpleName("package-info")
			.should()
			.bePackagePrivate()
			.check(this.autoconfigure);
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
			.check(this.autoconfigure);
	}

	@Test
	void actuatorAndMicrometerAreReachedOnlyThroughTheirOwnClasses() {
		noClasses().that()
			.haveSimpleNameNotStartingWith("LockFileEndpoint")
			.and()
			.haveSimpleNameNotStartingWith("LockFileDescriptor")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.springframework.boot.actuate..")
			.check(this.autoconfigure);
		noClasses().that()
			.haveSimpleNameNotStartingWith("LockFileHealth")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.springframework.boot.health..")
			.check(this.autoconfigure);
		noClasses().that()
			.haveSimpleNameNotStartingWith("LockFileMeter")
			.and()
			.haveSimpleNameNotStartingWith("LockFileMetrics")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.micrometer..", "org.springframework.boot.micrometer..")
			.check(this.autoconfigure);
	}

	@Test
	void packagesAreNullMarked() {
		assertThat(LockFileAutoConfiguration.class.getPackage().isAnnotationPresent(NullMarked.class)).isTrue();
	}

}
