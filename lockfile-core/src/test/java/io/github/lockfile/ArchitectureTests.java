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

package io.github.lockfile;

import java.lang.reflect.Modifier;
import java.nio.channels.FileLock;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.lockfile.testsupport.TopLevelTypes;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	private final JavaClasses main = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages("io.github.lockfile");

	@Test
	void needsTheJdkOnly() {
		classes().should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("io.github.lockfile..", "java..", "org.jspecify.annotations..")
			.check(this.main);
	}

	@Test
	void doesNotLog() {
		noClasses().should().accessClassesThat().resideInAnyPackage("java.util.logging..").check(this.main);
		noClasses().that()
			.doNotBelongToAnyOf(IsHeld.class)
			.should()
			.accessField(System.class, "out")
			.orShould()
			.accessField(System.class, "err")
			.check(this.main);
	}

	@Test
	void doesNotTrustTheJdkOnALockBeingValid() {
		noClasses().should().callMethod(FileLock.class, "isValid").check(this.main);
	}

	@Test
	void onlyWhatIsFrozenIsPublic() {
		assertThat(this.main.stream()
			.filter((type) -> type.getModifiers().contains(JavaModifier.PUBLIC) && type.isTopLevelClass())
			.map(JavaClass::getSimpleName)).containsExactlyInAnyOrder("LockFile", "ContentTemplate",
					"LockFileException", "LockFileHeldException", "LockFileUnavailableException", "NativeLocking",
					"Verification");
	}

	@Test
	void publicTypesAreFinalOrSealed() {
		this.main.stream()
			.filter((type) -> type.getModifiers().contains(JavaModifier.PUBLIC))
			.map(JavaClass::reflect)
			.forEach(
					(type) -> assertThat(Modifier.isFinal(type.getModifiers()) || type.isSealed() || type.isInterface())
						.as(type.getName())
						.isTrue());
	}

	@Test
	void typesAreFreeOfCycles() {
		slices().assignedFrom(new TopLevelTypes()).should().beFreeOfCycles().check(this.main);
	}

	@Test
	void packagesAreNullMarked() {
		assertThat(LockFile.class.getPackage().isAnnotationPresent(NullMarked.class)).isTrue();
	}

}
