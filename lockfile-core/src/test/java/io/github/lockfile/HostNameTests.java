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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * On some networks the question for the name of the host takes seconds.
 */
@Tag("native")
class HostNameTests {

	@ParameterizedTest
	@CsvSource({ "{pid}, false", "{pid};{user};{timestamp}, false", "'', false", "{{hostname}}, false",
			"{pid};{hostname}, true" })
	void theNetworkIsAskedOnlyIfTheNameIsWanted(String template, boolean asked, @TempDir Path directory)
			throws IOException {
		Path questions = directory.resolve("questions");
		List<String> prefix = new ArrayList<>(List.of("env", "-u", "HOSTNAME", "-u", "COMPUTERNAME",
				"LD_PRELOAD=" + FaultyLibrary.build("name-service"), "LOCKFILE_QUESTIONS=" + questions));
		try (ChildJvm holder = HolderProcess.start(prefix, directory.toRealPath().resolve("test.lock"), template)) {
			holder.awaitOutput("acquired");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(Files.exists(questions)).isEqualTo(asked);
		}
	}

}
