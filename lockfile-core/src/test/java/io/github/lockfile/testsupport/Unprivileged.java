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

package io.github.lockfile.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Assumptions;

/**
 * Processes that file permissions apply to even if the tests run as root.
 */
public final class Unprivileged {

	private Unprivileged() {
	}

	/**
	 * Returns what to put before a command. Skips the test where that cannot be done.
	 * @return the command prefix, empty if permissions apply anyway
	 * @throws IOException if the user cannot be found out
	 */
	public static List<String> prefix() throws IOException {
		if (!System.getProperty("user.name").equals("root")) {
			return List.of();
		}
		Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")),
				"root ignores file permissions, and setpriv is not installed to give that up");
		String capabilities = "-dac_override,-dac_read_search,-fowner";
		return List.of("/usr/bin/setpriv", "--bounding-set", capabilities, "--inh-caps", capabilities);
	}

}
