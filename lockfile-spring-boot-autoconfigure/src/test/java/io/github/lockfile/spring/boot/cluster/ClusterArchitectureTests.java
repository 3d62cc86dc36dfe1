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

package io.github.lockfile.spring.boot.cluster;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

class ClusterArchitectureTests {

	private static final String JDBC = "java.sql..";

	private final JavaClasses main = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages("io.github.lockfile");

	@Test
	void onlySessionsKnowJdbc() {
		noClasses().that()
			.haveSimpleNameNotEndingWith("Session")
			.and()
			.haveNameNotMatching(".*DatabaseSession\\$.*")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(JDBC, "javax.sql..", "org.postgresql..", "org.mariadb..")
			.check(this.main);
	}

	@Test
	void aDriverIsReachedOnlyThroughTheSessionOfItsEngine() {
		noClasses().that()
			.doNotHaveSimpleName("PostgreSqlSession")
			.and()
			.doNotHaveSimpleName("DatabaseSession")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.postgresql..")
			.check(this.main);
		noClasses().that()
			.doNotHaveSimpleName("MariaDbSession")
			.and()
			.doNotHaveSimpleName("DatabaseSession")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.mariadb..")
			.check(this.main);
	}

	@Test
	void dependsOnNoOtherPackageOfThisModule() {
		noClasses().that()
			.resideInAPackage("io.github.lockfile.spring.boot.cluster")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.github.lockfile", "io.github.lockfile.spring.boot.autoconfigure..",
					"org.springframework.beans..", "org.springframework.context..")
			.check(this.main);
	}

	@Test
	void isNullMarked() {
		assertThat(ClusterLock.class.getPackage().isAnnotationPresent(NullMarked.class)).isTrue();
	}

}
