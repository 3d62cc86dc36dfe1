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

package io.github.lockfile.spring.boot.starter;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A plain application with web, Actuator and Data JPA, to which nothing but the one
 * dependency was added.
 */
class PlainApplicationIT extends LockPathTestCase {

	@BeforeEach
	void defaultPath() {
		this.path = this.directory.resolve("shop.lock");
	}

	@Test
	void theManifestOfItsJarPermitsNativeLocks() {
		Assumptions.assumeTrue(Runtime.version().feature() >= 22, "native locks need Java 22");
		try (ChildJvm instance = ChildJvm.startProgram(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
						"-Djava.io.tmpdir=" + this.directory, "-jar", BuiltApplication.SHOP.archive(".jar").toString()),
				"--server.port=0", "--lockfile.path=" + this.path, "--lockfile.native=required")) {
			instance.awaitOutput("with a native lock").awaitOutput("(process running for ");
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(instance.output()).doesNotContain("WARNING");
		}
	}

	@Test
	void itsJarHasBothLibraries() throws IOException {
		try (JarFile jar = new JarFile(BuiltApplication.SHOP.archive(".jar").toFile())) {
			assertThat(jar.stream().map(JarEntry::getName).filter((name) -> name.contains("/lockfile-")))
				.containsExactlyInAnyOrder("BOOT-INF/lib/" + BuiltJarsIT.CORE.getFileName(),
						"BOOT-INF/lib/" + BuiltJarsIT.AUTOCONFIGURE.getFileName());
		}
	}

	@Test
	void runsOnceIsRefusedTwiceAndItsTestsPassMeanwhile() {
		try (ApplicationProcess first = start().awaitStarted()) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			for (int i = 0; i < 2; i++) {
				try (ApplicationProcess refused = start()) {
					assertThat(refused.awaitExit()).isEqualTo(HolderProcess.HELD);
					assertThat(refused.output())
						.contains("Another instance holds the lock file '" + this.path + "'. The file says: "
								+ first.pid())
						.doesNotContain("Hikari", "Tomcat", "\tat ");
				}
			}
			try (ChildJvm tests = runTests()) {
				assertThat(tests.awaitExit()).as(tests::output).isZero();
				assertThat(tests.output()).contains("4 tests successful", "0 tests failed")
					.doesNotContain("Acquired lock file");
			}
			assertThat(first.get("/items").body()).isEqualTo("[]");
			assertThat(first.get("/actuator/health").body()).contains("\"status\":\"UP\"");
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	private ApplicationProcess start() {
		return BuiltApplication.SHOP.startArchive(inDirectory(), "--server.port=0");
	}

	/**
	 * The application is not configured: its lock file is in the directory for temporary
	 * files, and that is what tests choose.
	 */
	private List<String> inDirectory() {
		return List.of("-Djava.io.tmpdir=" + this.directory);
	}

	private ChildJvm runTests() {
		Path testClasses = BuiltApplication.SHOP.directory().resolve("test-classes");
		String launcher = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> entry.contains("junit-platform-"))
			.collect(Collectors.joining(File.pathSeparator));
		String classPath = String.join(File.pathSeparator, testClasses.toString(),
				BuiltApplication.SHOP.classes().toString(), BuiltApplication.SHOP.dependencies(), launcher);
		return ChildJvm.start(List.of(), inDirectory(), classPath, "org.junit.platform.console.ConsoleLauncher",
				"execute", "--scan-class-path", testClasses, "--disable-banner");
	}

}
