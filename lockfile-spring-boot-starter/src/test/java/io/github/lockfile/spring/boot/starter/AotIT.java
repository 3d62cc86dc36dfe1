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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import com.example.orders.OrdersApplication;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.testsupport.Unprivileged;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplicationAotProcessor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample, processed ahead of time as the goal {@code process-aot} of Spring Boot's
 * Maven plugin does, and then started on the JVM.
 */
class AotIT {

	private static final String CLASS_PATH = System.getProperty("java.class.path");

	private static final List<String> AOT = List.of("env", "JAVA_TOOL_OPTIONS=-Dspring.aot.enabled=true");

	@TempDir
	private Path directory;

	private Path sources;

	private Path resources;

	private Path classes;

	@BeforeEach
	void createDirectories() throws IOException {
		this.directory = this.directory.toRealPath();
		this.sources = Files.createDirectory(this.directory.resolve("sources"));
		this.resources = Files.createDirectory(this.directory.resolve("resources"));
		this.classes = Files.createDirectory(this.directory.resolve("classes"));
	}

	@Test
	void holdsAndWatchesTheLockEvenIfProcessedWithoutIt() throws IOException {
		process("--lockfile.enabled=false", "--management.health.lockfile.enabled=true");
		compile();
		Path lockFile = this.directory.resolve("orders.lock");
		try (ApplicationProcess instance = start(lockFile, "--lockfile.verify-interval=200ms").awaitStarted()) {
			assertThat(Outsider.isRefused(lockFile)).isTrue();
			assertThat(instance.get("/actuator/health/lockfile").body()).contains("\"status\":\"UP\"");
			Shell.run("rm", lockFile.toString());
			instance.awaitOutput("has been repaired");
		}
	}

	@Test
	void takesTheLockWhenStartedAndNotWhenProcessed() throws IOException {
		process();
		compile();
		assertThat(hints()).contains("io.github.lockfile.spring.boot.startup.LockFileProperties");
		Path lockFile = this.directory.resolve("orders.lock");
		try (ApplicationProcess first = start(lockFile, "--lockfile.verify-interval=200ms").awaitStarted()) {
			assertThat(first.output()).contains("Starting AOT-processed OrdersApplication");
			assertThat(Outsider.isRefused(lockFile)).isTrue();
			try (ApplicationProcess second = start(lockFile)) {
				assertThat(second.awaitExit()).isEqualTo(75);
				assertThat(second.output())
					.contains("Another instance holds the lock file '" + lockFile + "'. The file says: " + first.pid())
					.doesNotContain("Created", "Tomcat", "\tat ");
			}
			assertThat(first.get("/actuator/lockfile").body()).contains("\"content\":\"" + first.pid(),
					"\"status\":\"HELD\"");
			assertThat(first.get("/actuator/health/lockfile").body()).contains("\"status\":\"UP\"");
			Shell.run("rm", lockFile.toString());
			first.awaitOutput("has been repaired");
			first.terminate();
			assertThat(first.awaitExit()).isEqualTo(143);
		}
		assertThat(Outsider.isRefused(lockFile)).isFalse();
	}

	private void process(String... args) throws IOException {
		Path readOnly = Files.createDirectory(this.directory.resolve("read-only"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
		List<Object> arguments = new ArrayList<>(
				List.of(OrdersApplication.class.getName(), this.sources, this.resources, this.classes, "com.example",
						"orders", "--lockfile.path=" + readOnly.resolve("orders.lock")));
		arguments.addAll(List.of(args));
		try (ChildJvm processor = ChildJvm.start(Unprivileged.prefix(), CLASS_PATH, SpringApplicationAotProcessor.class,
				arguments.toArray())) {
			assertThat(processor.awaitExit()).as(processor::output).isZero();
			assertThat(processor.output()).doesNotContain("Acquired lock file");
		}
		assertThat(readOnly).isEmptyDirectory();
	}

	private void compile() throws IOException {
		List<String> arguments = new ArrayList<>(List.of("-cp", this.classes + File.pathSeparator + CLASS_PATH, "-d",
				this.classes.toString(), "-nowarn"));
		try (Stream<Path> files = Files.walk(this.sources)) {
			files.map(Path::toString).filter((file) -> file.endsWith(".java")).forEach(arguments::add);
		}
		assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
			.isZero();
	}

	private String hints() throws IOException {
		return Files
			.readString(this.resources.resolve("META-INF/native-image/com.example/orders/reachability-metadata.json"));
	}

	private ApplicationProcess start(Path lockFile, String... args) {
		return Orders.startWith(List.of(this.classes, this.resources), AOT, lockFile, args);
	}

}
