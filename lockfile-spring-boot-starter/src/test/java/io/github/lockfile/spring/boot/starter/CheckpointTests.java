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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.tools.ToolProvider;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A checkpoint at the end of the refresh, with a stand-in for {@code org.crac}: it takes
 * no checkpoint, but calls what a JDK with CRaC calls, and waits to be "restored".
 */
class CheckpointTests extends LockPathTestCase {

	private static final Map<String, String> STAND_IN = Map.of("Resource", """
			package org.crac;
			public interface Resource {
				void beforeCheckpoint(Context<? extends Resource> context) throws Exception;
				void afterRestore(Context<? extends Resource> context) throws Exception;
			}
			""", "Context", """
			package org.crac;
			public abstract class Context<R extends Resource> implements Resource {
				public abstract void register(R resource);
			}
			""", "CheckpointException", """
			package org.crac;
			public class CheckpointException extends Exception {
			}
			""", "RestoreException", """
			package org.crac;
			public class RestoreException extends Exception {
			}
			""", "Core",
			"""
					package org.crac;
					import java.nio.file.*;
					import java.util.stream.Stream;
					public class Core {
						public static Context<Resource> getGlobalContext() {
							return new Context<>() {
								public void register(Resource resource) {
								}
								public void beforeCheckpoint(Context<? extends Resource> context) {
								}
								public void afterRestore(Context<? extends Resource> context) {
								}
							};
						}
						public static void checkpointRestore() throws CheckpointException, RestoreException {
							try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
								System.out.println("At the checkpoint, open lock files: " + open.filter(Core::isLockFile).count());
								while (!Files.exists(Path.of(System.getProperty("restore")))) {
									java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
								}
							}
							catch (java.io.IOException ex) {
								throw new IllegalStateException(ex);
							}
						}
						private static boolean isLockFile(Path descriptor) {
							try {
								return Files.readSymbolicLink(descriptor).toString().endsWith(".lock");
							}
							catch (java.io.IOException ex) {
								return false;
							}
						}
					}
					""");

	private Path restore;

	@BeforeEach
	void compile() throws IOException {
		this.restore = this.directory.resolve("restore");
		List<String> arguments = new ArrayList<>(List.of("-d", this.directory.resolve("classes").toString()));
		for (Map.Entry<String, String> source : STAND_IN.entrySet()) {
			arguments.add(
					Files.writeString(this.directory.resolve(source.getKey() + ".java"), source.getValue()).toString());
		}
		assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
			.isZero();
	}

	@Test
	void noLockIsHeldAtTheCheckpointAndItIsTakenAfterTheRestore() throws IOException {
		try (ApplicationProcess instance = start().awaitOutput("At the checkpoint, open lock files: 0")) {
			assertThat(this.path).doesNotExist();
			assertThat(instance.output()).doesNotContain("Acquired lock file");
			Files.createFile(this.restore);
			instance.awaitStarted();
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(instance.output()).containsOnlyOnce("Acquired lock file");
			assertThat(instance.get("/actuator/lockfile").body()).contains("\"status\":\"HELD\"");
			instance.terminate();
			assertThat(instance.awaitExit()).isEqualTo(143);
		}
	}

	@Test
	void aRestoredInstanceIsRefusedIfAnotherHoldsTheLock() throws IOException {
		try (ApplicationProcess instance = start().awaitOutput("At the checkpoint");
				ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Files.createFile(this.restore);
			assertThat(instance.awaitExit()).isEqualTo(75);
			assertThat(instance.output())
				.contains("Another instance holds the lock file '" + this.path + "'. The file says: " + holder.pid())
				.doesNotContain("Tomcat started");
		}
	}

	private ApplicationProcess start() {
		return Orders.startWith(List.of(this.directory.resolve("classes")),
				List.of("env", "JAVA_TOOL_OPTIONS=-Dspring.context.checkpoint=onRefresh -Drestore=" + this.restore),
				this.path);
	}

}
