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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A file that is created again has the mode and the group that it had, or other users of
 * the group would be locked out afterwards.
 */
class RestoredOwnersTests {

	private static final String GROUP = "54321";

	@TempDir
	private Path directory;

	private Path path;

	@BeforeEach
	void path() throws IOException {
		Assumptions.assumeTrue(System.getProperty("user.name").equals("root"),
				"only root can give a file to another group");
		this.path = this.directory.toRealPath().resolve("d/test.lock");
	}

	@ParameterizedTest
	@ValueSource(strings = { "664", "660", "666", "640", "2674" })
	void modeAndGroupAreThoseFromBefore(String mode) throws IOException {
		try (ChildJvm holder = hold(List.of(), mode)) {
			Shell.run("rm", this.path.toString());
			holder.send("verify").awaitOutput("reason=The file was missing and has been created again,");
			assertOwners(mode, GROUP);
		}
	}

	@Test
	void theModeIsTheOneOfTheLastVerification() throws IOException {
		try (ChildJvm holder = hold(List.of(), "600")) {
			Shell.run("chmod", "664", this.path.toString());
			Shell.run("chgrp", "54322", this.path.toString());
			holder.send("verify").awaitOutput("status=HELD");
			Shell.run("sh", "-c", "mv %1$s %1$s.old".formatted(this.path.getParent()));
			holder.send("verify").awaitOutput("status=RESTORED");
			assertOwners("664", "54322");
		}
	}

	@Test
	void aUserThatMayNotSetTheGroupSaysSo() throws IOException {
		try (ChildJvm holder = hold(unprivileged("--clear-groups"), "664")) {
			Shell.run("rm", this.path.toString());
			holder.send("verify")
				.awaitOutput("reason=The file was missing and has been created again, but without the group"
						+ " that it had: Operation not permitted: '" + this.path + "',");
			assertOwners("664", "0");
		}
	}

	@Test
	void aUserSetsAGroupOfItsOwn() throws IOException {
		try (ChildJvm holder = hold(unprivileged("--groups=" + GROUP), "664")) {
			Shell.run("rm", this.path.toString());
			holder.send("verify").awaitOutput("reason=The file was missing and has been created again,");
			assertOwners("664", GROUP);
		}
	}

	private static List<String> unprivileged(String groups) {
		Assumptions.assumeTrue(Shell.succeeds("setpriv", "--version"), "setpriv is not installed");
		String capabilities = "-chown,-fowner,-fsetid,-dac_override,-dac_read_search";
		return List.of("setpriv", groups, "--bounding-set", capabilities, "--inh-caps", capabilities);
	}

	private ChildJvm hold(List<String> unprivileged, String mode) throws IOException {
		Shell.run("sh", "-c", "mkdir %1$s && : > %2$s && chgrp %3$s %2$s && chmod %4$s %2$s"
			.formatted(this.path.getParent(), this.path, GROUP, mode));
		List<String> prefix = new ArrayList<>(unprivileged);
		prefix.addAll(List.of("sh", "-c", "umask 077; exec \"$@\"", "sh"));
		return PathFaults.hold(prefix, this.path, "{pid}").awaitOutput("acquired");
	}

	private void assertOwners(String mode, String group) throws IOException {
		assertThat(KernelLocks.isLocked(this.path)).isTrue();
		assertThat(Shell.run("stat", "-c", "%a %g", this.path.toString())).isEqualTo(mode + " " + group);
	}

}
