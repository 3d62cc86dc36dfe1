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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The plain application with DevTools, which restart it in the process that holds the
 * lock.
 */
class DevToolsIT {

	@TempDir
	private Path directory;

	@Test
	void aRestartKeepsTheLock() throws IOException {
		Path lockFile = this.directory.toRealPath().resolve("shop.lock");
		Path classes = copyOfClasses();
		try (ApplicationProcess instance = start(classes).awaitStarted()) {
			for (int restarts = 1; restarts <= 2; restarts++) {
				Path changed = classes.resolve("application.properties");
				Files.setLastModifiedTime(changed, FileTime.from(Instant.now().minusSeconds(100 - restarts)));
				instance.awaitOutput("Acquired lock file", restarts + 1).awaitOutput("Started Shop", restarts + 1);
				assertThat(Outsider.isRefused(lockFile)).isTrue();
			}
			assertThat(instance.output()).contains("restartedMain").doesNotContain("ERROR", "is lost");
			try (ApplicationProcess refused = start(classes)) {
				assertThat(refused.awaitExit()).isEqualTo(HolderProcess.HELD);
			}
		}
	}

	private ApplicationProcess start(Path classes) {
		return ApplicationProcess.start(List.of("-Djava.io.tmpdir=" + this.directory),
				classes + File.pathSeparator + BuiltApplication.SHOP.dependencies(), BuiltApplication.SHOP.mainClass(),
				List.of("--server.port=0", "--spring.devtools.restart.poll-interval=100ms",
						"--spring.devtools.restart.quiet-period=50ms"));
	}

	private Path copyOfClasses() throws IOException {
		Path source = BuiltApplication.SHOP.classes();
		Path copy = this.directory.resolve("classes");
		try (Stream<Path> files = Files.walk(source)) {
			for (Path file : files.toList()) {
				Files.copy(file, copy.resolve(source.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
			}
		}
		return copy;
	}

}
