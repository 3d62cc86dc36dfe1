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

package io.github.lockfile.spring.boot.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.github.lockfile.testsupport.ChildJvm;

import org.springframework.boot.logging.LoggingSystem;
import org.springframework.util.FileSystemUtils;

/**
 * Starts two instances against one database, to look at.
 */
final class TwoInstances {

	private TwoInstances() {
	}

	/**
	 * Starts them, and prints what they print.
	 * @param args none
	 * @throws Exception if something else happens than should
	 */
	public static void main(String[] args) throws Exception {
		// The database says a lot.
		LoggingSystem.get(TwoInstances.class.getClassLoader()).beforeInitialize();
		Path directory = Files.createTempDirectory("two-instances-");
		try (TestPostgreSql engine = new TestPostgreSql(directory)) {
			engine.start();
			System.out
				.println("== PostgreSQL has just started, so an earlier holder may not know that it lost its lock");
			try (ChildJvm first = start("first", directory, engine, "0s")) {
				print(first.awaitOutput("The work has begun"));
				System.out.println("== A second instance");
				try (ChildJvm second = start("second", directory, engine, "0s")) {
					System.out.println("exit code " + second.awaitExit());
					print(second);
				}
				System.out.println("== The first one is killed, and the second one started again");
			}
			try (ChildJvm second = start("second", directory, engine, "60s")) {
				print(second.awaitOutput("The work has begun"));
			}
		}
		finally {
			FileSystemUtils.deleteRecursively(directory);
		}
	}

	private static ChildJvm start(String host, Path directory, TestEngine engine, String timeout) {
		return ChildJvm.start(ClusterStartTests.Application.class,
				List.of("--spring.main.banner-mode=off", "--lockfile.timeout=" + timeout,
						"--spring.application.name=orders", "--lockfile.path=" + directory.resolve(host + ".lock"),
						"--lockfile.cluster.enabled=true", "--lockfile.cluster.lease=6s",
						"--spring.datasource.url=" + engine.url())
					.toArray());
	}

	private static void print(ChildJvm instance) {
		System.out.println(instance.output());
	}

}
