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
import java.util.List;

import io.github.lockfile.testsupport.Outsider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A web archive in a Tomcat of its own, where applications share a JVM.
 */
@Tag("once")
class ServletContainerIT {

	private static final String SERVER = """
			<Server port="-1">
				<Service name="Catalina">
					<Connector port="0"/>
					<Engine name="Catalina" defaultHost="localhost" backgroundProcessorDelay="1">
						<Host name="localhost" appBase="webapps" autoDeploy="true"/>
					</Engine>
				</Service>
			</Server>
			""";

	@TempDir
	private Path base;

	private Path lockFile;

	private Path home;

	@BeforeEach
	void createBase() throws IOException {
		String[] unpacked = BuiltApplication.TOMCAT.toFile().list();
		assumeThat(unpacked).as("Tomcat is unpacked by 'mvn verify -Prun-its'").isNotNull();
		this.home = BuiltApplication.TOMCAT.resolve(unpacked[0]);
		this.base = this.base.toRealPath();
		this.lockFile = this.base.resolve("portal.lock");
		Files.createDirectories(this.base.resolve("webapps"));
		Path conf = Files.createDirectories(this.base.resolve("conf"));
		Files.writeString(conf.resolve("server.xml"), SERVER);
		Files.copy(this.home.resolve("conf/web.xml"), conf.resolve("web.xml"));
	}

	@Test
	void ofTwoApplicationsWithOneLockFileTheFirstRuns() throws IOException {
		try (ApplicationProcess tomcat = startTomcat()) {
			tomcat.awaitOutput("Server startup in");
			deploy("first");
			tomcat.awaitOutput("Started PortalApplication").awaitOutput("first.war] has finished");
			deploy("second");
			tomcat.awaitOutput("second.war] has finished");
			assertThat(tomcat.output())
				.contains("Another instance in this JVM holds the lock file '" + this.lockFile + "'. The file says: "
						+ tomcat.pid())
				.containsOnlyOnce("Started PortalApplication");
			assertThat(tomcat.get("/first/actuator/lockfile").body()).contains("\"status\":\"HELD\"");
			assertThat(tomcat.get("/second/actuator/lockfile").statusCode()).isEqualTo(404);
			assertThat(Outsider.isRefused(this.lockFile)).isTrue();

			undeploy("first");
			tomcat.awaitOutput("Undeploying context [/first]");
			Awaitility.await().until(() -> !Outsider.isRefused(this.lockFile));
			deploy("third");
			tomcat.awaitOutput("Started PortalApplication", 2).awaitOutput("third.war] has finished");
			assertThat(tomcat.get("/third/actuator/lockfile").body()).contains("\"status\":\"HELD\"");
			assertThat(Outsider.isRefused(this.lockFile)).isTrue();
		}
	}

	private ApplicationProcess startTomcat() {
		return ApplicationProcess.start(
				List.of("-Dcatalina.home=" + this.home, "-Dcatalina.base=" + this.base,
						"-Dlockfile.path=" + this.lockFile),
				this.home.resolve("bin/bootstrap.jar") + File.pathSeparator + this.home.resolve("bin/tomcat-juli.jar"),
				"org.apache.catalina.startup.Bootstrap", List.of("start"));
	}

	private void deploy(String name) throws IOException {
		// The move is atomic: of a copy, Tomcat might see half.
		Path copy = Files.copy(BuiltApplication.PORTAL.archive(".war"), this.base.resolve(name));
		Files.move(copy, this.base.resolve("webapps").resolve(name + ".war"), StandardCopyOption.ATOMIC_MOVE);
	}

	private void undeploy(String name) throws IOException {
		Files.delete(this.base.resolve("webapps").resolve(name + ".war"));
	}

}
