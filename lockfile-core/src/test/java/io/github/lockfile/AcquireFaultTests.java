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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What can go wrong between the first look at the path and the lock.
 */
@Tag("native")
class AcquireFaultTests extends LockTestCase {

	@Test
	void theHolderLetsGoOfTheFirstByteForAMoment() throws IOException {
		Files.writeString(this.path, " 4711\n");
		try (ChildJvm holder = StoppedTaker.stop(this.path, Bytes.LOCK)) {
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
				.satisfies((ex) -> assertThat(ex.holderContent()).isEqualTo("4711"));
			assertThat(holder.process().isAlive()).isTrue();
			assertThat(KernelLocks.owners(this.path, Bytes.FIRST)).as("nothing is left of the attempt").isEmpty();
		}
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" 4711\n");
	}

	@Test
	void theContentDoesNotFit() throws IOException {
		Files.writeString(this.path, " 4711\n");
		List<String> limited = List.of("sh", "-c",
				"ulimit -f 4; export JAVA_TOOL_OPTIONS=-XX:-UsePerfData; exec \"$@\"", "sh");
		try (ChildJvm jvm = start(limited, "x".repeat(7000))) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isEqualTo(HolderProcess.UNAVAILABLE);
			assertThat(jvm.output()).contains("Lock file '" + this.path + "' cannot be used: File too large");
		}
		assertThat(this.path).isEmptyFile();
		LockFile.acquire(this.path).close();
	}

	@Test
	void theFileSystemHasNoLocks() throws Exception {
		try (ChildJvm jvm = start(preload("no-locks"), "{pid}")) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isEqualTo(HolderProcess.UNAVAILABLE);
			assertThat(jvm.output()).contains("Lock file '" + this.path + "' cannot be used: No locks available");
		}
		assertThat(this.path).isEmptyFile();
	}

	@Test
	void creatingIsDeniedForAFileThatIsThere() throws Exception {
		Files.createFile(this.path);
		try (ChildJvm jvm = start(preload("deny-create"), "{pid}")) {
			jvm.awaitOutput("acquired");
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "swap", "replace-at-lock", "replace-at-write" })
	void thePathNamesAnotherFileForAMoment(String fault) throws Exception {
		// Longer than any process ID, or the first verification would be needed to see
		// it.
		Files.writeString(this.path, " an old record\n");
		Path decoy = Files.writeString(this.directory.resolve("test.lock.decoy"), " another record\n");
		try (ChildJvm jvm = start(preload(fault), "{pid}")) {
			jvm.awaitOutput("acquired");
			assertThat(decoy).as("not renamed, so the fault has not come about").doesNotExist();
			assertThat(Outsider.isRefused(this.path)).isTrue();
			jvm.send("verify").awaitOutput("status=HELD");
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo(Long.toString(jvm.pid()));
		}
	}

	@Test
	void theFileIsAnotherUsersInAStickyDirectory() throws IOException {
		Assumptions.assumeTrue(System.getProperty("user.name").equals("root"), "only root can give a file away");
		Files.setPosixFilePermissions(this.directory, PosixFilePermissions.fromString("rwxrwxrwx"));
		Shell.run("chmod", "+t", this.directory.toString());
		Files.createFile(this.path);
		Shell.run("chmod", "666", this.path.toString());
		Shell.run("chown", "65534:65534", this.path.toString());
		try (LockFile lock = LockFile.acquire(this.path)) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(Shell.run("stat", "-c", "%u %a", lock.path().toString())).isEqualTo("65534 666");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "full-at-acquire", "full-while-held", "read-only-while-held" })
	void theFileSystemFails(String scenario) {
		List<String> prefix = new ArrayList<>(PathFaults.mountNamespace());
		prefix.addAll(List.of("sh", "-c", "mount -t tmpfs -o size=16k tmpfs \"$0\" && exec \"$@\"",
				this.directory.toString()));
		try (ChildJvm jvm = ChildJvm.start(prefix, System.getProperty("java.class.path"), FileSystemFaults.class,
				scenario, this.path)) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isZero();
			assertThat(jvm.output()).contains(scenario + " passed");
		}
	}

	private ChildJvm start(List<String> prefix, String template) {
		return HolderProcess.start(prefix, this.path, template);
	}

	private List<String> preload(String fault) throws IOException {
		return new Faults(this.directory.resolve("faults")).prefix(fault);
	}

}
