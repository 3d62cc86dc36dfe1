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

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Programs that keep a native lock out in ways that a channel does not notice.
 */
@EnabledForJreRange(minVersion = 22, disabledReason = "native locks need Java 22 or later")
@Tag("native")
class NativeContentionIT extends LockTestCase {

	/**
	 * The kernel refuses to open the file until the lease is given back.
	 */
	@Test
	void aLeaseOfTheFileIsContention() throws IOException {
		Files.writeString(this.path, " old\n");
		try (Foreign foreign = Foreign.start()) {
			assertThat(foreign.ask("lease", this.path)).isEqualTo("leased");
			try (ChildJvm refused = HolderProcess.start(this.path, "{pid}")) {
				assertThat(refused.awaitExit()).as(refused.output()).isEqualTo(HolderProcess.HELD);
			}
		}
		assertThat(this.path).hasContent(" old\n");
		LockFile.acquire(this.path).close();
	}

	@Test
	void aLeaseOfTheFileIsWaitedFor() throws IOException {
		Files.writeString(this.path, " old\n");
		try (Foreign foreign = Foreign.start()) {
			assertThat(foreign.ask("lease", this.path)).isEqualTo("leased");
			try (ChildJvm refused = HolderProcess.start(this.path, "{pid}", Duration.ofSeconds(1))) {
				assertThat(refused.awaitExit()).as(refused.output()).isEqualTo(HolderProcess.HELD);
			}
			try (ChildJvm waiting = HolderProcess.start(this.path, "{pid}", Duration.ofMinutes(2))) {
				assertThat(foreign.ask("release", this.path)).isEqualTo("released");
				waiting.awaitOutput("acquired");
				assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("-1");
			}
		}
	}

	/**
	 * Where Java writes numbers with other digits than the kernel does.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "-Duser.language=ar -Duser.country=EG", "-Duser.language=fa -Duser.country=IR",
			"-Duser.language=en -Duser.country=US -Duser.extensions=u-nu-arab", "-Duser.language=ne -Duser.country=NP",
			"-Duser.language=tr -Duser.country=TR" })
	void whoHasLockedItWithFlockIsNamedInEachLocale(String locale) throws IOException {
		Files.createFile(this.path);
		try (PythonPeer peer = new PythonPeer()) {
			assertThat(peer.takes("flock", this.path)).isTrue();
			try (ChildJvm refused = ChildJvm.start(List.of("env", "LC_ALL=C.UTF-8"), List.of(locale.split(" ")),
					System.getProperty("java.class.path"), HolderProcess.class.getName(), this.path, "{pid}",
					Duration.ZERO)) {
				assertThat(refused.awaitExit()).isEqualTo(HolderProcess.HELD);
				assertThat(refused.output())
					.contains("by process %s (python3), which has locked it with flock(2)".formatted(peer.pid()));
			}
		}
	}

}
