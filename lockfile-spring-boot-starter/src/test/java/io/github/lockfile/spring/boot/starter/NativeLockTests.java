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

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

import io.github.lockfile.LockFile;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Native locks in an application. The tests of the lock itself are those of the core.
 */
class NativeLockTests extends LockPathTestCase {

	private static final List<String> PERMITTED = List.of("env", "JDK_JAVA_OPTIONS=--enable-native-access=ALL-UNNAMED");

	@Test
	void oneThatIsRequiredAndNotPermittedIsRefusedWithTheRemedy() {
		try (ApplicationProcess refused = Orders.start(this.path, "--lockfile.native=required")) {
			assertThat(refused.awaitExit()).isEqualTo(73);
			assertThat(refused.output()).contains("a native lock is required, but ",
					"'--enable-native-access=ALL-UNNAMED'", "'Enable-Native-Access: ALL-UNNAMED'",
					"lockfile.native=auto");
		}
		assertThat(this.path).doesNotExist();
	}

	@Test
	void onePermittedIsShownAndKeepsFlockOut() {
		assumeNative();
		try (ApplicationProcess instance = Orders.start(PERMITTED, this.path, "--lockfile.native=required")
			.awaitStarted()) {
			assertThat(instance.output()).contains("Acquired lock file '" + this.path + "', with a native lock");
			assertThat(instance.get("/actuator/lockfile").body()).contains("\"nativeLock\":true")
				.doesNotContain("whyNotNative");
			assertThat(instance.get("/actuator/health/lockfile").body()).contains("\"nativeLock\":true");
			assertThat(Shell.succeeds("flock", "-n", this.path.toString(), "true")).isFalse();
		}
	}

	@Test
	void onePermittedCanBeTurnedOff() {
		assumeNative();
		try (ApplicationProcess instance = Orders.start(PERMITTED, this.path, "--lockfile.native=off").awaitStarted()) {
			assertThat(instance.get("/actuator/lockfile").body()).contains("\"nativeLock\":false",
					"native locks are turned off");
		}
	}

	@Test
	void aProgramThatHasTheFileLockedWithFlockIsNamed() throws IOException {
		assumeNative();
		Files.createFile(this.path);
		try (ChildJvm other = ChildJvm.startProgram(List.of("flock", this.path.toString(), "cat"))) {
			Awaitility.await().until(() -> !Shell.succeeds("flock", "-n", this.path.toString(), "true"));
			try (ApplicationProcess refused = Orders.start(PERMITTED, this.path)) {
				assertThat(refused.awaitExit()).isEqualTo(75);
				assertThat(refused.output())
					.contains("Another program holds the lock file '" + this.path + "'", "flock(2)")
					.doesNotContain("Tomcat");
			}
			assertThat(other.process().isAlive()).isTrue();
		}
	}

	private static void assumeNative() {
		Assumptions.assumeTrue(Runtime.version().feature() >= 22, "native locks need Java 22");
		Assumptions.assumeTrue(
				LockFile.class.getProtectionDomain().getCodeSource().getLocation().getPath().endsWith(".jar"),
				"only the jar of the core has native locks, run mvn verify");
	}

}
